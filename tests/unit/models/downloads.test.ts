import { describe, expect, test } from 'vitest';
import { isAbort } from '../../../src/shared/errors.ts';
import { makeDownloadBench, modelId } from './download-bench.ts';

const label = 'Generated';
const first = 'params_shard_0.bin';

describe('a download', () => {
  test('brings every file to where web-llm looks for it, and says how far it is', async () => {
    const bench = await makeDownloadBench();
    const downloads = bench.start();
    const seen: number[] = [];
    await downloads.ensure(modelId, label, { onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
    expect(seen.at(-1)).toBe(bench.model.weightBytes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(downloads.state).toEqual({ downloads: [], stored: { [modelId]: bench.model.weightBytes } });
    // Nothing is fetched again, and only whole files are kept.
    const before = bench.server.requests.length;
    await downloads.ensure(modelId, label);
    expect(bench.server.requests).toHaveLength(before);
  });

  test('two who ask at once share one', async () => {
    const bench = await makeDownloadBench();
    const downloads = bench.start();
    await Promise.all([downloads.ensure(modelId, label), downloads.ensure(modelId, label)]);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
    expect(bench.states.every((state) => state.downloads.length <= 1)).toBe(true);
  });

  test('goes on where a connection was cut, again and again, and fetches no byte twice', async () => {
    const bench = await makeDownloadBench();
    bench.server.faultOf = (path, count) =>
      path.includes('params_shard') && count < 6 ? { type: 'cut', after: 40_000 } : null;
    await bench.start().ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('gives up a connection that says nothing any more, and opens another', async () => {
    const bench = await makeDownloadBench(1);
    bench.server.faultOf = (path, count) =>
      path.endsWith(first) && count < 2 ? { type: 'stall', after: 50_000 } : null;
    const downloads = bench.start();
    const done = downloads.ensure(modelId, label);
    for (const bytes of [50_000, 100_000]) {
      await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(bytes);
      bench.stall();
    }
    await done;
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('shows why it waits, and goes on', async () => {
    const bench = await makeDownloadBench(1);
    bench.server.faultOf = (path, count) =>
      path.endsWith(first) && count < 6 ? { type: 'status', status: 500 } : null;
    const downloads = bench.start();
    await downloads.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.states.flatMap((state) => state.downloads)).toContainEqual(
      expect.objectContaining({
        stage: 'waiting',
        error: { code: 'model-failed', message: `${first}: the server answers with status 500.` },
      }),
    );
  });

  test.for([
    ['longer than the file', 10_000],
    ['shorter than the file', -10_000],
  ] as const)('a server that promises a length %s is found out', async ([, by]) => {
    const bench = await makeDownloadBench(1);
    bench.server.faultOf = (path, count) => (path.endsWith(first) && count < 2 ? { type: 'lie', by } : null);
    await bench.start().ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
  });

  test('a server that knows no ranges sends a file anew', async () => {
    const bench = await makeDownloadBench(1);
    bench.server.faultOf = (path, count) => {
      if (!path.endsWith(first)) return null;
      return count === 0 ? { type: 'cut', after: 100_000 } : { type: 'no-range' };
    };
    await bench.start().ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes + 100_000);
  });

  test('a range that is no longer there begins the file again', async () => {
    const bench = await makeDownloadBench(1);
    bench.server.faultOf = (path, count) => {
      if (!path.endsWith(first)) return null;
      return count === 0
        ? { type: 'cut', after: 1000 }
        : count === 1
          ? { type: 'status', status: 416 }
          : null;
    };
    await bench.start().ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
  });

  test('a file that changes between two parts is fetched as it is now, and judged by its hash', async () => {
    const bench = await makeDownloadBench(1);
    const right = bench.model.files.get(first);
    if (!right) throw new Error('There must be a first shard.');
    const other = right.slice().fill(7);
    bench.server.files.set(bench.path(first), other);
    bench.server.faultOf = (path, count) => {
      if (!path.endsWith(first)) return null;
      if (count === 1) bench.server.files.set(bench.path(first), right);
      return count === 0 ? { type: 'cut', after: 50_000 } : null;
    };
    await bench.start().ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
  });

  test('a damaged file is fetched once more, then named', async () => {
    const bench = await makeDownloadBench(1);
    const right = bench.model.files.get(first);
    bench.server.files.set(bench.path(first), right?.slice().fill(1, 100, 200) ?? new Uint8Array());
    const downloads = bench.start();
    await expect(downloads.ensure(modelId, label)).rejects.toThrow(
      /params_shard_0\.bin is not what the model's list describes/,
    );
    expect(bench.sentWeights()).toBe(2 * bench.model.weightBytes);
    expect(downloads.state.downloads[0]).toMatchObject({ stage: 'failed' });
  });

  test.for([
    [403, /params_shard_0\.bin: the server refuses it \(status 403\)/],
    [404, /params_shard_0\.bin is not on the server/],
    [500, /params_shard_0\.bin: the server answers with status 500/],
  ] as const)(
    'status %i that does not pass ends it with the file and the reason; then it goes on',
    async ([status, message]) => {
      const bench = await makeDownloadBench(1);
      bench.server.faultOf = (path, count) => {
        if (!path.endsWith(first)) return null;
        return count === 0 ? { type: 'cut', after: 90_000 } : { type: 'status', status };
      };
      const downloads = bench.start();
      await expect(downloads.ensure(modelId, label)).rejects.toThrow(message);
      expect(downloads.state.downloads).toMatchObject([{ stage: 'failed' }]);
      bench.server.faultOf = () => null;
      await downloads.ensure(modelId, label);
      expect(await bench.isWhole()).toBe(true);
      expect(bench.sentWeights()).toBe(bench.model.weightBytes);
    },
  );

  test('is not begun when there is no space for it', async () => {
    const bench = await makeDownloadBench();
    const downloads = bench.start(500_000);
    await expect(downloads.ensure(modelId, label)).rejects.toMatchObject({ code: 'storage-full' });
    expect(bench.sentWeights()).toBe(0);
  });
});

test('a tensor that is too large for this GPU is told before any weights are fetched', async () => {
  const bench = await makeDownloadBench(1);
  const list = new TextDecoder().decode(bench.model.files.get('tensor-cache.json'));
  const large = list.replace('"format":"raw","nbytes":300000', '"format":"raw","nbytes":134217732');
  bench.server.files.set(bench.path('tensor-cache.json'), new TextEncoder().encode(large));
  const limits = {
    maxBufferSize: 2 ** 31,
    maxStorageBufferBindingSize: 2 ** 29,
    maxComputeWorkgroupStorageSize: 32768,
    maxStorageBuffersPerShaderStage: 10,
  };
  await expect(bench.start(null, limits).ensure(modelId, label)).rejects.toMatchObject({
    code: 'model-failed',
    message: expect.stringContaining('Generated needs a buffer of 134.2 MB') as string,
  });
  expect(bench.sentWeights()).toBe(0);
  // What cannot be known is no reason.
  await bench.start().ensure(modelId, label);
});

describe('stopped midway', () => {
  const stallAll = (path: string) =>
    path.includes('params_shard') ? ({ type: 'stall', after: 100_000 } as const) : null;

  test('paused, it keeps what it has; the next core shows it, and goes on when asked', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = stallAll;
    const downloads = bench.start();
    const result = downloads.ensure(modelId, label).catch((error: unknown) => isAbort(error));
    await bench.server.requested(6);
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    await downloads.pause(modelId);
    expect(await result).toBe(true);
    expect(downloads.state.downloads).toMatchObject([{ stage: 'paused' }]);

    bench.server.faultOf = () => null;
    const next = bench.start();
    await next.open();
    await expect.poll(() => next.state.downloads).toMatchObject([{ stage: 'paused', label }]);
    await next.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('its core is gone: the next one goes on by itself', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = stallAll;
    const downloads = bench.start();
    downloads.ensure(modelId, label).catch(() => {});
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    await downloads.close();

    bench.server.faultOf = () => null;
    const next = bench.start();
    await next.open();
    await expect.poll(() => next.state.stored[modelId]).toBe(bench.model.weightBytes);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('and asked for again before it stands still, it goes on', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = stallAll;
    const downloads = bench.start();
    const stopped = downloads.ensure(modelId, label).catch((error: unknown) => isAbort(error));
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const openCache = bench.caches.open;
    bench.caches.open = async (name) => {
      // What was received is kept before it stands still.
      if (name === 'hearth/parts') await gate;
      return openCache(name);
    };
    const pausing = downloads.pause(modelId);
    bench.server.faultOf = () => null;
    const again = downloads.ensure(modelId, label);
    // It reads at least as much as the one that asks, and begins later.
    await downloads.refresh();
    open();
    await pausing;
    expect(await stopped).toBe(true);
    await again;
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('because its small files were set aside, it goes on with all of them', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = stallAll;
    const downloads = bench.start();
    downloads.ensure(modelId, label).catch(() => {});
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    await downloads.setAside(modelId);
    bench.server.faultOf = () => null;
    await downloads.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);
  });

  test('cancelled, it leaves no byte', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = stallAll;
    const downloads = bench.start();
    downloads.ensure(modelId, label).catch(() => {});
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    await downloads.remove(modelId);
    expect(await bench.caches.bytes()).toBe(0);
    expect(downloads.state).toEqual({ downloads: [], stored: {} });
  });
});

test('a damaged or missing file of a stored model is found, and fetched by itself', async () => {
  const bench = await makeDownloadBench(3);
  const downloads = bench.start();
  await downloads.ensure(modelId, label);
  expect(await downloads.verify(modelId)).toEqual({ checkedFiles: 7, badFiles: [] });
  const store = await bench.caches.open('webllm/model');
  const base = `${bench.server.url}${bench.path('')}`;
  await store.put(`${base}params_shard_1.bin`, new Response(new Uint8Array(300_000)));
  await store.delete(`${base}params_shard_2.bin`);
  expect(await downloads.verify(modelId)).toEqual({
    checkedFiles: 7,
    badFiles: ['params_shard_1.bin', 'params_shard_2.bin'],
  });
  expect(downloads.state.stored).toEqual({});
  await downloads.ensure(modelId, label);
  expect(await bench.isWhole()).toBe(true);
  expect(bench.sentWeights()).toBe(bench.model.weightBytes + 600_000);
});

describe.for([
  ['mlc-chat-config.json', 'webllm/config'],
  ['tensor-cache.json', 'webllm/model'],
] as const)('%s is damaged', ([name, cache]) => {
  test.for(['{"cut', '{"tokenizer_files": 7, "records": []}'])('in the store, as %s', async (damaged) => {
    const bench = await makeDownloadBench(2);
    await bench.start().ensure(modelId, label);
    const damage = async (): Promise<void> => {
      const store = await bench.caches.open(cache);
      await store.put(`${bench.server.url}${bench.path(name)}`, new Response(damaged));
    };

    await damage();
    const downloads = bench.start();
    await downloads.open();
    expect(downloads.state.stored).toEqual({});
    await downloads.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);

    await damage();
    expect(await downloads.verify(modelId)).toEqual({ checkedFiles: 2, badFiles: [name] });
    await downloads.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
    expect(bench.sentWeights()).toBe(bench.model.weightBytes);

    await damage();
    await downloads.remove(modelId);
    expect(await bench.caches.bytes()).toBe(0);
  });

  test('in the store, while the last core did not come to the end: the next one brings it all', async () => {
    const bench = await makeDownloadBench(2);
    bench.server.faultOf = (path) =>
      path.includes('params_shard') ? { type: 'stall', after: 100_000 } : null;
    const downloads = bench.start();
    downloads.ensure(modelId, label).catch(() => {});
    await expect.poll(() => downloads.state.downloads[0]?.receivedBytes).toBe(200_000);
    await downloads.close();
    const store = await bench.caches.open(cache);
    await store.put(`${bench.server.url}${bench.path(name)}`, new Response('<!doctype html>'));

    bench.server.faultOf = () => null;
    const next = bench.start();
    await next.open();
    await expect.poll(() => next.state.stored[modelId]).toBe(bench.model.weightBytes);
    expect(await bench.isWhole()).toBe(true);
  });

  test('on its way: it is named, not kept, and had later', async () => {
    const bench = await makeDownloadBench(1);
    const right = bench.model.files.get(name) ?? new Uint8Array();
    bench.server.files.set(bench.path(name), new TextEncoder().encode('<!doctype html><p>Log in'));
    const downloads = bench.start();
    await expect(downloads.ensure(modelId, label)).rejects.toMatchObject({
      code: 'model-failed',
      message: `${name} is not what it should be, or is cut off. Get the file again.`,
    });
    bench.server.files.set(bench.path(name), right);
    await downloads.ensure(modelId, label);
    expect(await bench.isWhole()).toBe(true);
  });
});

test('a list that names a file of another model has no say over that file, neither new nor kept', async () => {
  const bench = await makeDownloadBench(1);
  const other = 'https://other.invalid/resolve/1/params_shard_0.bin';
  const store = await bench.caches.open('webllm/model');
  await store.put(other, new Response('theirs'));
  const list = new TextDecoder().decode(bench.model.files.get('tensor-cache.json')).replace(first, other);
  bench.server.files.set(bench.path('tensor-cache.json'), new TextEncoder().encode(list));
  const downloads = bench.start();
  await expect(downloads.ensure(modelId, label)).rejects.toThrow(
    /^tensor-cache\.json is not what it should be/,
  );
  await store.put(`${bench.server.url}${bench.path('tensor-cache.json')}`, new Response(list));
  await downloads.remove(modelId);
  expect(await (await store.match(other))?.text()).toBe('theirs');
});
