import 'fake-indexeddb/auto';
import { expect, it, vi } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { newId } from '../../../src/shared/ids.ts';
import type { LoadOptions } from '../../../src/worker/engines/engine.ts';
import { modelSetting } from '../../../src/worker/model-choice.ts';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { untilAborted } from '../../../src/worker/runs/until-aborted.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';
import { fetchPublic, readFolder } from '../../support/read-folder.ts';

const appBase = new URL('http://localhost/');
const files = await readFolder(new URL('../../../public/models/pocket/resolve/9/', import.meta.url));

/** Loads one model only when it is given up. */
class HeldEngine extends ManualEngine {
  held: string | null = null;
  givenUp: string[] = [];
  override async load(model: { id: string }, options?: LoadOptions): Promise<void> {
    if (this.held === model.id && options) await untilAborted(new Promise(() => {}), options.signal);
    if (options?.signal.aborted) this.givenUp.push(model.id);
    options?.signal.throwIfAborted();
    await super.load(model);
  }
}

/** A core with one more model than the built-in one, and that model's id. */
async function openHouse() {
  const engine = new HeldEngine();
  const catalogue = makeCatalogue(appBase);
  const locks = new FakeLocks();
  const { core } = makeTestCore({
    engine,
    locks,
    channels: new FakeChannels(),
    database: newId(),
    catalogue,
    models: {
      source: catalogue,
      appBase,
      caches: makeMemoryCaches(),
      fetch: fetchPublic,
      freeBytes: async () => null,
      readDevice: () => Promise.reject(new Error('There is no device in this test.')),
    },
  });
  const tab = await FakeTab.open(core, locks);
  const id = (await tab.api.addModel({ files, name: 'picked' })) ?? '';
  await core.slot.ensureLoaded();
  return { engine, core, tab, id, builtIn: catalogue.builtIn.id };
}

it('the chosen model can be removed on a full disk, and without its GPU', async () => {
  const { engine, core, tab, id, builtIn } = await openHouse();
  await tab.api.chooseModel(id);
  expect(engine.loadedModel).toBe(id);
  const putSetting = core.store.putSetting.bind(core.store);
  vi.spyOn(core.store, 'putSetting').mockImplementation(async (key, value) => {
    if (key === modelSetting) throw new AppError('storage-full', 'There is no space left to save to.');
    await putSetting(key, value);
  });
  engine.noGpu = 'The GPU is gone.';
  const state = await tab.watch('engine');
  await tab.api.removeModel(id);
  expect(core.shelf?.state.stored).not.toHaveProperty(id);
  await expect
    .poll(() => state.state)
    .toMatchObject({ model: { id: builtIn }, status: { type: 'missing', reason: 'The GPU is gone.' } });
});

it('a model whose files go is given up on its way to the GPU, whichever was chosen meanwhile', async () => {
  const { engine, core, tab, id, builtIn } = await openHouse();
  engine.held = id;
  const choosing = tab.api.chooseModel(id);
  await expect.poll(() => core.slot.loadingModel).toBe(id);
  core.slot.choose((await core.models.find(builtIn)) ?? core.slot.model);
  await tab.api.removeModel(id);
  expect(engine.givenUp).toEqual([id]);
  expect(core.shelf?.state.stored).not.toHaveProperty(id);
  expect(core.slot.model.id).toBe(builtIn);
  await choosing;
});

it('what is asked while the chosen model goes is answered by the one that comes with Hearth', async () => {
  const { engine, core, tab, id, builtIn } = await openHouse();
  await tab.api.chooseModel(id);
  engine.standardAnswer = 'Here I am.';
  let letGo = (): void => {};
  vi.spyOn(engine, 'unload').mockImplementationOnce(async () => {
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    engine.loadedModel = null;
  });
  const removing = tab.api.removeModel(id);
  await expect.poll(() => core.slot.model.id).toBe(builtIn);
  const { conversationId, answerId } = await tab.send('Are you there?');
  letGo();
  await removing;
  const answer = async () =>
    (await core.store.readMessages(conversationId)).find((message) => message.id === answerId);
  await expect.poll(answer).toMatchObject({ state: 'done', text: 'Here I am.' });
  expect(engine.loadedModel).toBe(builtIn);
});

it('a model that has the same files as the chosen one is not removed', async () => {
  const { core, tab } = await openHouse();
  const chosen = await core.models.find('Llama-3.1-8B-Instruct-q4f32_1-MLC');
  if (!chosen) throw new Error('It is in the list.');
  core.slot.choose(chosen);
  const refusal = {
    code: 'busy',
    message:
      'Llama 3.1 8B Instruct has the same files and is in use. Choose another model first, or remove that one.',
  };
  await expect(tab.api.removeModel('Llama-3.1-8B-Instruct-q4f32_1-MLC-1k')).rejects.toMatchObject(refusal);
  expect(core.slot.model.id).toBe(chosen.id);
});
