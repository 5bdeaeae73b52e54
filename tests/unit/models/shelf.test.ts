import { beforeEach, describe, expect, test } from 'vitest';
import type { FolderFile } from '../../../src/shared/models-state.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { makeCatalogue, type CatalogueParts } from '../../../src/worker/models/catalogue.ts';
import { makeOwnModels } from '../../../src/worker/models/own-models.ts';
import { makeShelf, type Shelf, type ShelfOptions } from '../../../src/worker/models/shelf.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';
import { fetchPublic, readFolder } from '../../support/read-folder.ts';

const pocketUrl = 'http://localhost/models/pocket/resolve/9/';
const pocket = await readFolder(new URL('../../../public/models/pocket/resolve/9/', import.meta.url));
const pocket2023 = await readFolder(new URL('../../support/folders/pocket-2023/', import.meta.url));

let caches: ReturnType<typeof makeMemoryCaches>;
let catalogue: CatalogueParts;
let shelf: Shelf;
let kept: Map<string, string>;
const settings: ShelfOptions['settings'] = {
  getSetting: async (key) => kept.get(key) ?? null,
  putSetting: async (key, value) => void kept.set(key, value),
};
/** What the browser says of its space, each time it is asked; null when nothing is left to say. */
let space: Promise<number>[];

beforeEach(() => {
  caches = makeMemoryCaches();
  const appBase = new URL('http://localhost/');
  catalogue = makeCatalogue(appBase);
  space = [];
  kept = new Map();
  shelf = makeShelf({
    platform: {
      caches,
      fetch: fetchPublic,
      freeBytes: async () => space.shift() ?? null,
      source: catalogue,
      appBase,
      readDevice: () => Promise.reject(new Error('There is no device in this test.')),
    },
    clock: systemClock,
    settings,
    onChange() {},
    release: async () => {},
  });
});

/** The folder with one of its JSON files changed. */
const changed = (files: FolderFile[], name: string, change: object): Promise<FolderFile[]> =>
  Promise.all(
    files.map(async ({ path, blob }) => {
      if (!path.endsWith(name)) return { path, blob };
      const contents = JSON.parse(await blob.text()) as object;
      return { path, blob: new Blob([JSON.stringify({ ...contents, ...change })]) };
    }),
  );

const own = async (): Promise<string[]> =>
  (await catalogue.list()).filter(({ about }) => about?.source === 'own').map(({ id }) => id);

async function stored(id: string, name: string): Promise<unknown> {
  const { url } = (await shelf.listFiles(id)).find((file) => file.name === name) ?? { url: '' };
  const store = name === 'mlc-chat-config.json' ? 'webllm/config' : 'webllm/model';
  return (await (await caches.open(store)).match(url))?.json();
}

describe('a model of one’s own', () => {
  test('that is added again, corrected, is what the folder says now', async () => {
    const id = await shelf.add({ files: pocket, name: 'picked' });
    const config = await changed(pocket, 'mlc-chat-config.json', { top_p: 0.25 });
    const both = await changed(config, 'tokenizer.json', { version: 'corrected' });
    expect(await shelf.add({ files: both, name: 'picked' })).toBe(id);
    expect(await own()).toEqual([id]);
    expect(await stored(id, 'mlc-chat-config.json')).toMatchObject({ top_p: 0.25 });
    expect(await stored(id, 'tokenizer.json')).toMatchObject({ version: 'corrected' });
  });

  test('whose second copy fails is the model that it was', async () => {
    const id = await shelf.add({ files: pocket, name: 'picked' });
    const files = await shelf.listFiles(id);
    const before = await stored(id, 'mlc-chat-config.json');
    const config = await changed(pocket, 'mlc-chat-config.json', { top_p: 0.25 });
    const { open } = caches;
    let isFull = true;
    caches.open = async (name) => {
      const cache = await open(name);
      const put = cache.put.bind(cache);
      cache.put = async (key, response) => {
        if (!isFull || !new Request(key).url.endsWith('tokenizer.json')) return put(key, response);
        isFull = false;
        throw new DOMException('The disk is full.', 'QuotaExceededError');
      };
      return cache;
    };
    const again = shelf.add({ files: config, name: 'picked' });
    await expect(again).rejects.toMatchObject({ code: 'storage-full' });
    expect(await own()).toEqual([id]);
    expect(await shelf.listFiles(id)).toEqual(files);
    expect(await stored(id, 'mlc-chat-config.json')).toEqual(before);
    expect(shelf.state.downloads).toEqual([]);
  });

  test('whose copy is paused stays, and goes on from the same folder', async () => {
    let say = (_bytes: number): void => {};
    space = [new Promise((resolve) => (say = resolve))];
    const adding = shelf.add({ files: pocket, name: 'picked' });
    await expect.poll(() => space).toEqual([]);
    const pausing = shelf.pause((await own())[0] ?? '');
    say(1e9);
    await pausing;
    const id = await adding;
    expect(await own()).toEqual([id]);
    expect(shelf.state.downloads).toMatchObject([{ modelId: id, stage: 'paused' }]);
    const [model] = (await catalogue.list()).filter((each) => each.id === id);
    if (!model) throw new Error('It is in the list.');
    shelf.download(model);
    await expect.poll(() => shelf.state.stored[id]).toBeGreaterThan(0);
    expect(shelf.state.downloads).toEqual([]);
  });

  test('that is added again by its address is whole again at once', async () => {
    const url = pocketUrl;
    const id = await shelf.add({ url });
    const [model] = (await catalogue.list()).filter((each) => each.id === id);
    if (!model) throw new Error('It is in the list.');
    await shelf.bring(model, new AbortController().signal, () => {});
    const bytes = shelf.state.stored[id];
    expect(bytes).toBeGreaterThan(0);
    expect(await shelf.add({ url })).toBe(id);
    expect(shelf.state.stored[id]).toBe(bytes);
  });

  test('whose copy fails leaves the others that came meanwhile', async () => {
    let say = (_bytes: number): void => {};
    space = [new Promise((resolve) => (say = resolve))];
    const failing = shelf.add({ files: pocket, name: 'first' });
    await expect.poll(() => space).toEqual([]);
    const second = await shelf.add({ files: pocket2023, name: 'second' });
    say(0);
    await expect(failing).rejects.toMatchObject({ code: 'storage-full' });
    expect(await own()).toEqual([second]);
    expect(shelf.state.stored).toMatchObject({ [second]: expect.any(Number) as number });
  });

  test('that a second tab adds while it is copied is whole, and what the second folder says', async () => {
    let say = (_bytes: number): void => {};
    space = [new Promise((resolve) => (say = resolve))];
    const first = shelf.add({ files: pocket, name: 'first' });
    await expect.poll(() => space).toEqual([]);
    const config = await changed(pocket, 'mlc-chat-config.json', { top_p: 0.25 });
    const second = shelf.add({ files: config, name: 'second' });
    // Another one waits for neither of them.
    const other = await shelf.add({ files: pocket2023, name: 'other' });
    say(1e9);
    const id = await first;
    expect(await second).toBe(id);
    expect(await stored(id, 'mlc-chat-config.json')).toMatchObject({ top_p: 0.25 });
    expect(new Set(await own())).toEqual(new Set([id, other]));
  });

  test('is read wherever its weights lie in the folder, and its library', async () => {
    const renamed = (files: FolderFile[], change: (path: string) => string) =>
      files.map(({ path, blob }) => ({ path: change(path), blob }));
    // As a person may have called the folder.
    for (const name of ['params', 'my-params']) {
      const files = renamed(pocket, (path) => path.replace(/^picked/, name));
      const id = await shelf.add({ files, name });
      expect(shelf.state.stored[id]).toBeGreaterThan(0);
      await shelf.remove(id);
    }
    const deeper = renamed(pocket2023, (path) => path.replace(/^(.*\/)([^/]+\.wasm)$/, '$1libs/$2'));
    expect(deeper.filter(({ path }) => path.includes('libs/'))).toHaveLength(1);
    const id = await shelf.add({ files: deeper, name: 'picked' });
    expect(shelf.state.stored[id]).toBeGreaterThan(0);
  });

  test('that is given up while it is copied leaves nothing', async () => {
    let say = (_bytes: number): void => {};
    space = [new Promise((resolve) => (say = resolve))];
    const giving = new AbortController();
    const first = shelf.add({ files: pocket, name: 'first' }, giving.signal);
    await expect.poll(() => space).toEqual([]);
    // A second tab that waits for the first gives up without it.
    const second = new AbortController();
    let looked = 0;
    const watched = pocket.map(({ path, blob }) => {
      const slice: Blob['slice'] = (start, end) => {
        looked = Math.max(looked, end ?? 0);
        return Blob.prototype.slice.call(blob, start, end);
      };
      return { path, blob: path.endsWith('.bin') ? Object.assign(blob.slice(), { slice }) : blob };
    });
    const waiting = shelf.add({ files: watched, name: 'second' }, second.signal);
    const weights = pocket.find(({ path }) => path.endsWith('.bin'))?.blob.size ?? 0;
    await expect.poll(() => looked).toBeGreaterThanOrEqual(weights);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    second.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    giving.abort();
    say(1e9);
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(await own()).toEqual([]);
    expect(shelf.state).toMatchObject({ downloads: [], stored: {} });
  });

  test('that is taken off the list while another is put on it does not come back', async () => {
    const first = await shelf.add({ files: pocket, name: 'first' });
    const removing: Promise<boolean>[] = [];
    let isFirst = true;
    const list = makeOwnModels({
      catalogue,
      downloads: {
        ensure: async () => {},
        pause: async () => {},
        setAside: async () => async () => {},
        remove: async () => {},
        state: { downloads: [], stored: {} },
      },
      settings: {
        ...settings,
        putSetting: (key, value) => {
          if (isFirst) {
            isFirst = false;
            removing.push(list.forget(first));
          }
          return settings.putSetting(key, value);
        },
      },
      appBase: new URL('http://localhost/'),
      fetch: fetchPublic,
      clock: systemClock,
      onChange() {},
    });
    await list.open();
    const second = await list.add({ files: pocket2023, name: 'second' });
    expect(await Promise.all(removing)).toEqual([true]);
    expect(await own()).toEqual([second]);
    await list.open();
    expect(await own()).toEqual([second]);
  });
});

test('of the models of one’s own, one that cannot be read hides no other, and does not take them away', async () => {
  const first = await shelf.add({ files: pocket, name: 'first' });
  const [record] = JSON.parse(kept.get('own-models') ?? '') as object[];
  const broken = { ...record, id: 'own-broken', largestBufferBytes: 1.5 };
  kept.set('own-models', JSON.stringify([broken, record]));
  await shelf.open();
  expect(await own()).toEqual([first]);
  const second = await shelf.add({ files: pocket2023, name: 'second' });
  await shelf.open();
  expect(await own()).toEqual([first, second]);
  for (const nothing of ['{', '7']) {
    kept.set('own-models', nothing);
    await shelf.open();
    expect(await own()).toEqual([]);
  }
});

test('a list that could not be read is not taken for an empty one, and what only another Hearth can read stays in it', async () => {
  const first = await shelf.add({ files: pocket, name: 'first' });
  const [record] = JSON.parse(kept.get('own-models') ?? '') as object[];
  kept.set('own-models', JSON.stringify([{ ...record, id: 'own-newer', gpuBytes: 'much' }, record]));
  const { getSetting } = settings;
  settings.getSetting = () => Promise.reject(new Error('The database is busy.'));
  await expect(shelf.open()).rejects.toThrow('busy');
  settings.getSetting = getSetting;
  await shelf.open();
  const second = await shelf.add({ files: pocket2023, name: 'second' });
  expect(await own()).toEqual([first, second]);
  const ids = (JSON.parse(kept.get('own-models') ?? '') as { id: string }[]).map(({ id }) => id);
  expect(ids.toSorted()).toEqual([first, second, 'own-newer'].toSorted());
});

test('a model that has got another library is a paused download, once for all that share its folder', async () => {
  const folder = 'https://huggingface.co/mlc-ai/Llama-3.1-8B-Instruct-q4f32_1-MLC/resolve/main/';
  const model = await caches.open('webllm/model');
  const list = { records: [{ dataPath: 'params_shard_0.bin', nbytes: 7, records: [] }] };
  await model.put(`${folder}tensor-cache.json`, new Response(JSON.stringify(list)));
  await model.put(`${folder}params_shard_0.bin`, new Response('weights'));
  await (await caches.open('webllm/config')).put(`${folder}mlc-chat-config.json`, new Response('{}'));
  await shelf.open();
  const label = 'Llama 3.1 8B Instruct (1k context)';
  await expect
    .poll(() => shelf.state.downloads)
    .toMatchObject([{ label, stage: 'paused', receivedBytes: 7, totalBytes: 7 }]);
  expect(shelf.state.stored).toEqual({});
  // The next core has it from its settings.
  await shelf.open();
  expect(shelf.state.downloads).toHaveLength(1);
  await shelf.remove('Llama-3.1-8B-Instruct-q4f32_1-MLC-1k');
  expect(shelf.state.downloads).toEqual([]);
  expect(await caches.bytes()).toBe(0);
});

test('older revisions of the built-in model are erased when the core starts', async () => {
  const model = await caches.open('webllm/model');
  const library = await caches.open('webllm/wasm');
  const kept = [`${pocketUrl}tensor-cache.json`, 'http://localhost/models/other/resolve/1/tensor-cache.json'];
  const old = 'http://localhost/models/pocket/resolve/1/';
  for (const url of [...kept, `${old}params_shard_0.bin`]) await model.put(url, new Response('{}'));
  await library.put(`${old}pocket.wasm`, new Response('{}'));
  await shelf.open();
  await expect.poll(() => library.keys()).toEqual([]);
  expect((await model.keys()).map(({ url }) => url)).toEqual(kept);
});

test('a load that is given up before its download begins fetches nothing', async () => {
  const id = await shelf.add({ url: pocketUrl });
  const model = await catalogue.find(id);
  if (!model) throw new Error('It is in the list.');
  const abort = new DOMException('Given up.', 'AbortError');
  await expect(shelf.bring(model, AbortSignal.abort(abort), () => {})).rejects.toBe(abort);
  const controller = new AbortController();
  const bringing = shelf.bring(model, controller.signal, () => {});
  controller.abort(abort);
  await expect(bringing).rejects.toBe(abort);
  expect(shelf.state.downloads).toEqual([]);
  expect(await caches.bytes()).toBe(0);
  await shelf.bring(model, new AbortController().signal, () => {});
  expect(Object.keys(shelf.state.stored)).toEqual([id]);
});
