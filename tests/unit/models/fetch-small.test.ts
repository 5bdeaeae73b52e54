import { expect, test } from 'vitest';
import { fetchOwn, fetchSmall } from '../../../src/worker/models/fetch-small.ts';
import { shardProblems } from '../../../src/worker/models/weights-check.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';

const base = new URL('http://localhost/models/');
const patience = new AbortController().signal;

test('a server that falls silent, or sends no end, is given up; so may a person do', async () => {
  const clock = makeFakeClock();
  const served = (fetcher: typeof fetch, signal?: AbortSignal) => {
    const options = { fetch: fetcher, clock, signal: signal ?? patience };
    return fetchSmall(base, 'tokenizer.json', options);
  };
  const silent: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    });
  const waiting = served(silent);
  clock.advance(60_000);
  await expect(waiting).rejects.toMatchObject({
    code: 'model-failed',
    message: 'tokenizer.json: the server has sent nothing for a while.',
  });
  const piece = new Uint8Array(2 ** 20);
  const endless: typeof fetch = async () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }));
  await expect(served(endless)).rejects.toMatchObject({ code: 'bad-input' });
  const down: typeof fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  const options = { fetch: down, clock, signal: patience };
  await expect(fetchOwn(new URL('lib.wasm', base), options)).rejects.toMatchObject({
    code: 'model-failed',
    message: "Hearth's own lib.wasm could not be fetched. Is its server still running?",
  });
  const giving = new AbortController();
  const given = served(silent, giving.signal);
  giving.abort();
  await expect(given).rejects.toMatchObject({ name: 'AbortError' });
  expect(clock.waiting).toBe(0);
});

test('who gives up while weights are looked at waits for one file at most', async () => {
  const giving = new AbortController();
  const read: string[] = [];
  const records = ['a', 'b'].map((dataPath) => ({ dataPath, nbytes: 1, records: [] }));
  const reader = {
    origin: 'picked',
    base: null,
    names: ['a', 'b'],
    async read(name: string) {
      read.push(name);
      giving.abort();
      return new Blob(['x']);
    },
  };
  const looking = shardProblems({ records }, '', reader, giving.signal);
  await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
  expect(read).toEqual(['a']);
});
