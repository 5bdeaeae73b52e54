import { expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { makeEnginePanel } from '../../../src/worker/engine-panel.ts';
import { makeModelSlot } from '../../../src/worker/model-slot.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

it('shows the model on the GPU as ready again when another one could not be fetched', async () => {
  const panel = makeEnginePanel(() => {});
  const shelf = {
    bring: async ({ id }: { id: string }) => {
      if (id !== testModel.id) throw new AppError('model-failed', 'There is no such file.');
    },
  };
  const slot = makeModelSlot(new ManualEngine(), panel, testModel, shelf);
  await slot.ensureLoaded();
  slot.choose({ ...testModel, id: 'another' });
  await expect(slot.ensureLoaded()).rejects.toMatchObject({ code: 'model-failed' });
  expect(panel.state.status.type).toBe('failed');
  slot.choose(testModel);
  await slot.ensureLoaded();
  expect(panel.state.status.type).toBe('ready');
});
