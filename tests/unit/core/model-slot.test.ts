import { expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { makeEnginePanel } from '../../../src/worker/engine-panel.ts';
import { makeModelSlot } from '../../../src/worker/model-slot.ts';
import { untilAborted } from '../../../src/worker/runs/until-aborted.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

it('frees the GPU when another model could not be fetched, and loads the one before again', async () => {
  const panel = makeEnginePanel(() => {});
  const shelf = {
    bring: async ({ id }: { id: string }) => {
      if (id !== testModel.id) throw new AppError('model-failed', 'There is no such file.');
    },
  };
  const engine = new ManualEngine();
  const slot = makeModelSlot(engine, panel, testModel, shelf);
  await slot.ensureLoaded();
  slot.choose({ ...testModel, id: 'another' });
  await expect(slot.ensureLoaded()).rejects.toMatchObject({ code: 'model-failed' });
  expect(panel.state.status.type).toBe('failed');
  // Unseen, it would stay there: nothing frees what is not shown as ready.
  expect(engine.loadedModel).toBeNull();
  slot.choose(testModel);
  await slot.ensureLoaded();
  expect(panel.state.status.type).toBe('ready');
});

it('leaves the model on the GPU when it is chosen again before another one has come', async () => {
  const panel = makeEnginePanel(() => {});
  const shelf = {
    bring: async ({ id }: { id: string }, signal: AbortSignal) => {
      if (id === testModel.id) return;
      await untilAborted(new Promise(() => {}), signal);
      signal.throwIfAborted();
    },
  };
  const engine = new ManualEngine();
  const slot = makeModelSlot(engine, panel, testModel, shelf);
  await slot.ensureLoaded();
  slot.choose({ ...testModel, id: 'another' });
  const another = slot.ensureLoaded();
  slot.choose(testModel);
  await Promise.all([slot.ensureLoaded(), expect(another).rejects.toMatchObject({ name: 'AbortError' })]);
  expect([engine.loadedModel, engine.devicesOpened, panel.state.status.type]).toEqual([
    testModel.id,
    1,
    'ready',
  ]);
});
