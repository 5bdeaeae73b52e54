import { expect, test, vi } from 'vitest';
import { makeEngineSwitch } from '../../../src/worker/engines/engine-switch.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

test('an engine that lost its model gives its buffers back before another one answers', async () => {
  const [webgpu, peer, http] = [new ManualEngine(), new ManualEngine(), new ManualEngine()];
  const engine = makeEngineSwitch({ webgpu, peer, http });
  const options = { signal: new AbortController().signal, onProgress() {} };
  await engine.load(testModel, options);
  webgpu.loadedModel = null;
  const unload = vi.spyOn(webgpu, 'unload');
  await engine.load({ ...testModel, id: 'elsewhere', engine: 'http' }, options);
  expect(unload).toHaveBeenCalled();
  expect(engine.loadedModel).toBe('elsewhere');
});
