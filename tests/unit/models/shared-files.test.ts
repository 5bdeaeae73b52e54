import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/worker/clock.ts';
import { makeCatalogue, type CatalogueParts } from '../../../src/worker/models/catalogue.ts';
import { makeShelf, type Shelf } from '../../../src/worker/models/shelf.ts';
import { makeGate } from '../../support/make-gate.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';

// In web-llm's list these two have the same folder, and all three the same library.
const long = 'Llama-3.1-8B-Instruct-q4f32_1-MLC';
const short = 'Llama-3.1-8B-Instruct-q4f32_1-MLC-1k';
const cousin = 'Hermes-3-Llama-3.1-8B-q4f32_1-MLC';
const folderOf = (id: string): string => `https://huggingface.co/mlc-ai/${id}/resolve/main/`;

const shard = 'params_shard_0.bin';
const contents: Record<string, string> = {
  'mlc-chat-config.json': '{}',
  'tensor-cache.json': JSON.stringify({ records: [{ dataPath: shard, nbytes: 7, records: [] }] }),
  'tokenizer.json': '{}',
  [shard]: 'weights',
};

let caches: ReturnType<typeof makeMemoryCaches>;
let catalogue: CatalogueParts;
let shelf: Shelf;
let fetched: string[];
/** Whom the shelf let go of, and who has the same files. */
let released: [id: string, sharers: string[]][];
/** What answers wait for, by the end of the address. */
let gates: Record<string, Promise<void>>;

beforeEach(() => {
  caches = makeMemoryCaches();
  const appBase = new URL('http://localhost/');
  catalogue = makeCatalogue(appBase);
  fetched = [];
  released = [];
  gates = {};
  shelf = makeShelf({
    platform: {
      caches,
      async fetch(input) {
        const { url } = new Request(input);
        fetched.push(url);
        await Object.entries(gates).find(([end]) => url.endsWith(end))?.[1];
        return new Response(contents[url.split('/').at(-1) ?? ''] ?? 'library');
      },
      freeBytes: async () => null,
      source: catalogue,
      appBase,
      readDevice: () => Promise.reject(new Error('There is no device in this test.')),
    },
    clock: systemClock,
    settings: { getSetting: async () => null, putSetting: async () => {} },
    onChange() {},
    release: async (id, sharers) => void released.push([id, sharers]),
  });
});

async function bring(id: string): Promise<void> {
  const model = await catalogue.find(id);
  if (!model) throw new Error('It is in the list.');
  await shelf.bring(model, new AbortController().signal, () => {});
}

const storedIds = (): string[] => Object.keys(shelf.state.stored).toSorted();
const fetchedTimes = (end: string): number => fetched.filter((url) => url.endsWith(end)).length;

test('models of one folder go together, and those that share them are asked first', async () => {
  await bring(long);
  expect(storedIds()).toEqual([long, short].toSorted());
  await shelf.remove(long);
  expect(released).toEqual([[long, [short]]]);
  expect(storedIds()).toEqual([]);
  expect(await caches.bytes()).toBe(0);
});

test('a library stays while a model of another folder needs it, and goes with the last', async () => {
  await bring(long);
  await bring(cousin);
  expect(fetchedTimes('.wasm')).toBe(1);
  await shelf.remove(long);
  expect(storedIds()).toEqual([cousin]);
  expect(await shelf.listFiles(cousin)).toHaveLength(5);
  await shelf.remove(cousin);
  expect(await caches.bytes()).toBe(0);
});

test('the manifest that web-llm reads of some models is brought and checked like their other files', async () => {
  const gemma = 'gemma-4-E2B-it-q4f16_1-MLC';
  const manifest = 'mlc-model-manifest.json';
  contents[manifest] = '<!doctype html><p>Log in';
  await expect(bring(gemma)).rejects.toThrow(`${manifest} is not what it should be`);
  contents[manifest] = '{}';
  await bring(gemma);
  const file = (await shelf.listFiles(gemma)).find(({ name }) => name === manifest);
  expect(file).toEqual({ name: manifest, cache: 'webllm/config', url: folderOf(gemma) + manifest });
  const config = await caches.open('webllm/config');
  await config.put(folderOf(gemma) + manifest, new Response('{"cut'));
  expect(await shelf.verify(gemma)).toEqual({ checkedFiles: 6, badFiles: [manifest] });
  expect(storedIds()).toEqual([]);
  await bring(gemma);
  await shelf.remove(gemma);
  expect(await caches.bytes()).toBe(0);
});

test('two models of one folder that are asked for at once are one download', async () => {
  const gate = makeGate();
  gates = { [shard]: gate.passed };
  const both = Promise.all([bring(long), bring(short)]);
  await expect.poll(() => fetchedTimes(shard)).toBe(1);
  expect(shelf.state.downloads.map(({ modelId }) => modelId)).toEqual([long]);
  gate.open();
  await both;
  expect(storedIds()).toEqual([long, short].toSorted());
  expect(fetched.filter((url) => url.startsWith(folderOf(long)))).toHaveLength(4);
});

test('a library that two downloads need is fetched by one of them', async () => {
  const gate = makeGate();
  gates = { '.wasm': gate.passed };
  const both = Promise.all([bring(long), bring(cousin)]);
  await expect.poll(() => fetchedTimes(shard)).toBe(2);
  gate.open();
  await both;
  expect(fetchedTimes('.wasm')).toBe(1);
  expect(storedIds()).toEqual([long, short, cousin].toSorted());
});

test('who waits for a download of the same folder gives up at once, and the download goes on', async () => {
  const gate = makeGate();
  gates = { [shard]: gate.passed };
  const first = bring(long);
  await expect.poll(() => fetchedTimes(shard)).toBe(1);
  const model = await catalogue.find(short);
  if (!model) throw new Error('It is in the list.');
  const controller = new AbortController();
  const second = shelf.bring(model, controller.signal, () => {});
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  controller.abort(new DOMException('Given up.', 'AbortError'));
  await expect(second).rejects.toMatchObject({ name: 'AbortError' });
  expect(shelf.state.downloads).toMatchObject([{ modelId: long, stage: 'downloading' }]);
  gate.open();
  await first;
});
