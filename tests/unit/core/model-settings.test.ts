import 'fake-indexeddb/auto';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ModelSettings } from '../../../src/shared/model-settings.ts';
import { newId } from '../../../src/shared/ids.ts';
import type { LoadOptions } from '../../../src/worker/engines/engine.ts';
import { untilAborted } from '../../../src/worker/runs/until-aborted.ts';
import { applySettings } from '../../../src/worker/engines/apply-settings.ts';
import { makeModelSettings } from '../../../src/worker/models/model-settings.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore, testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

/** Remembers for how long a context it was loaded. */
class ContextEngine extends ManualEngine {
  readonly contexts: (number | null)[] = [];
  /** What a load waits for. */
  gate: Promise<void> | null = null;
  override async load(model: { id: string }, options?: LoadOptions): Promise<void> {
    if (this.loadedModel !== model.id) this.contexts.push(options?.contextTokens ?? null);
    if (this.gate && options) await untilAborted(this.gate, options.signal);
    options?.signal.throwIfAborted();
    await super.load(model);
  }
  contextOf = async () => ({ usualTokens: 4096, longestTokens: 8192, bytesPerToken: 1000 });
}

let engine: ContextEngine;
let database: string;
let locks: FakeLocks;

beforeEach(() => {
  engine = new ContextEngine();
  database = newId();
  locks = new FakeLocks();
});

async function openTab() {
  const { core, die } = makeTestCore({ engine, locks, channels: new FakeChannels(), database });
  const tab = await FakeTab.open(core, locks);
  await core.ready();
  await core.slot.ensureLoaded();
  return { core, die, tab };
}

const asked = () => engine.requests.at(-1);

it('holds from the next answer on, in conversations old and new, and in later starts', async () => {
  const { tab, die } = await openTab();
  engine.standardAnswer = 'Hello.';
  expect(await tab.api.readModelSettings(testModel.id)).toEqual({
    settings: {},
    usual: { temperature: 0, topP: 1, maxTokens: 1000, seed: null },
    context: { usualTokens: 4096, longestTokens: 8192, bytesPerToken: 1000 },
  });
  const settings = { temperature: 0.5, topP: 0.9, maxTokens: 77, system: 'Be kind.' };
  await tab.api.setModelSettings(testModel.id, settings);
  await tab.send('Hi');
  await expect.poll(() => engine.requests.length).toBe(1);
  expect(asked()).toMatchObject({
    sampling: { temperature: 0.5, topP: 0.9, maxTokens: 77 },
    options: { system: 'Be kind.' },
  });
  // What it stands in place of is still told.
  expect(await tab.api.readModelSettings(testModel.id)).toMatchObject({
    settings,
    usual: { temperature: 0 },
  });
  die();

  const later = await openTab();
  await later.tab.send('Hi again');
  await expect.poll(() => engine.requests.length).toBe(2);
  expect(asked()).toMatchObject({ sampling: { temperature: 0.5 }, options: { system: 'Be kind.' } });
  await later.tab.api.setModelSettings(testModel.id, {});
  await later.tab.send('And again');
  await expect.poll(() => engine.requests.length).toBe(3);
  expect(asked()?.sampling.temperature).toBe(0);
  expect(asked()?.options).toBeUndefined();
});

it('what is set for two models at once is kept for both', async () => {
  const kept = new Map<string, string>();
  const store = {
    getSetting: async (key: string) => kept.get(key) ?? null,
    putSetting: async (key: string, value: string) => void kept.set(key, value),
  };
  const book = makeModelSettings(store);
  await Promise.all([book.set('a', { topP: 0.5 }), book.set('b', { topP: 0.9 })]);
  const later = makeModelSettings(store);
  await later.open();
  for (const { of } of [book, later]) expect([of('a'), of('b')]).toEqual([{ topP: 0.5 }, { topP: 0.9 }]);
});

it('what only another version of Hearth can read of it stays, and hides nothing else', async () => {
  const kept = new Map([
    ['model-settings', JSON.stringify({ a: { topP: 0.5 }, b: { topP: 0.9, newer: true } })],
  ]);
  const store = {
    getSetting: async (key: string) => kept.get(key) ?? null,
    putSetting: async (key: string, value: string) => void kept.set(key, value),
  };
  const book = makeModelSettings(store);
  await book.open();
  expect([book.of('a'), book.of('b')]).toEqual([{ topP: 0.5 }, {}]);
  await book.set('a', {});
  expect(JSON.parse(kept.get('model-settings') ?? '')).toEqual({ b: { topP: 0.9, newer: true } });
  await book.set('b', { topP: 0.8 });
  expect(JSON.parse(kept.get('model-settings') ?? '')).toEqual({ b: { topP: 0.8 } });
});

it('another context loads the model anew, and not while it answers', async () => {
  const { tab } = await openTab();
  expect(engine.contexts).toEqual([null]);
  await tab.send('Hi');
  await expect.poll(() => engine.requests.length).toBe(1);
  await expect(tab.api.setModelSettings(testModel.id, { contextTokens: 2048 })).rejects.toMatchObject({
    code: 'busy',
  });
  engine.finish();
  await expect
    .poll(() =>
      tab.api.setModelSettings(testModel.id, { contextTokens: 2048 }).then(
        () => 'set',
        () => 'busy',
      ),
    )
    .toBe('set');
  await expect.poll(() => engine.contexts).toEqual([null, 2048]);
});

it('another context chosen while the model loads is the one that it is loaded with, unless somebody waits for it', async () => {
  const { core, tab } = await openTab();
  await core.slot.unload();
  let open = (): void => {};
  engine.gate = new Promise((resolve) => (open = resolve));
  core.slot.ensureLoaded().catch(() => {});
  await expect.poll(() => engine.contexts).toEqual([null, null]);
  await tab.api.setModelSettings(testModel.id, { contextTokens: 2048 });
  await expect.poll(() => engine.contexts).toEqual([null, null, 2048]);
  await tab.send('Hi');
  await expect(tab.api.setModelSettings(testModel.id, { contextTokens: 1024 })).rejects.toMatchObject({
    code: 'busy',
  });
  open();
  await expect.poll(() => engine.requests.length).toBe(1);
  expect(engine.contexts).toEqual([null, null, 2048]);
});

it('another context is no reason to take the model from an answer that began while it was saved', async () => {
  const { core, tab } = await openTab();
  let save = (): void => {};
  const saved = new Promise<void>((resolve) => (save = resolve));
  const putSetting = vi.spyOn(core.store, 'putSetting').mockReturnValueOnce(saved);
  const setting = tab.api.setModelSettings(testModel.id, { contextTokens: 2048 });
  await expect.poll(() => putSetting.mock.calls.length).toBe(1);
  const ids = await tab.send('Hi');
  await expect.poll(() => engine.requests.length).toBe(1);
  const unload = vi.spyOn(engine, 'unload');
  save();
  await setting;
  expect(unload).not.toHaveBeenCalled();
  engine.write('Hello.');
  engine.finish();
  await expect.poll(() => engine.contexts).toEqual([null, 2048]);
  const [, answer] = await core.store.readMessages(ids.conversationId);
  expect(answer).toMatchObject({ text: 'Hello.', state: 'done' });
});

it('its figures in the list are those of the context that it is set to', async () => {
  const { tab } = await openTab();
  const figures = async () =>
    (await tab.api.listModels()).map(({ gpuBytes, about }) => [gpuBytes, about?.contextTokens]);
  expect(await figures()).toEqual([[5e6, 4096]]);
  await tab.api.setModelSettings(testModel.id, { contextTokens: 1024 });
  expect(await figures()).toEqual([[5e6 - 3072 * 1000, 1024]]);
  await tab.api.setModelSettings(testModel.id, { contextTokens: 8192 });
  expect(await figures()).toEqual([[5e6 + 4096 * 1000, 8192]]);
  engine.contextOf = () => Promise.reject(new Error('Its files went.'));
  expect(await figures()).toEqual([[5e6, 4096]]);
});

it.each([
  { temperature: -1 },
  { topP: 0 },
  { maxTokens: 0.5 },
  { contextTokens: 3 },
  { system: '' },
  { system: 'x'.repeat(20_001) },
  { colour: 'red' },
])('refuses %j', async (settings) => {
  const { tab } = await openTab();
  await expect(tab.api.setModelSettings(testModel.id, settings as ModelSettings)).rejects.toMatchObject({
    code: 'bad-input',
  });
});

it('what a person tells their model is not told to it for others', async () => {
  const own = new ManualEngine();
  own.standardAnswer = 'Hello.';
  await own.load(testModel);
  const engineWith = applySettings(own, () => ({ system: 'I am Nora.' }));
  const request = {
    model: testModel,
    turns: [{ role: 'user' as const, text: 'Who am I?' }],
    prefix: '',
    sampling: { temperature: 0, topP: 1, maxTokens: 9, seed: null },
  };
  const signal = new AbortController().signal;
  for await (const _ of engineWith.generate({ ...request, options: {} }, signal));
  expect(own.requests.at(-1)?.options).toEqual({});
  for await (const _ of engineWith.generate(request, signal));
  expect(own.requests.at(-1)?.options).toEqual({ system: 'I am Nora.' });
});
