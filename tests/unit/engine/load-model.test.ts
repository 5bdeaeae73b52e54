import { expect, onTestFinished, test, vi } from 'vitest';
import { loadModel } from '../../../src/worker/engines/load-model.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeFakeDevice } from './fake-gpu.ts';

let open = (_device: GPUDevice): void => {};
let device: GPUDevice;

vi.mock('../../../src/worker/models/web-llm.ts', () => ({
  loadWebLlm: async () => ({
    hasModelInCache: async () => true,
    MLCEngine: class {
      async reload(): Promise<void> {
        open(device);
        throw new Error('It went on.');
      }
      async unload(): Promise<void> {}
    },
  }),
}));

test('a model with a tensor that is too large for its device is refused before it is on the GPU', async () => {
  const caches = makeMemoryCaches();
  vi.stubGlobal('caches', caches);
  onTestFinished(() => void vi.unstubAllGlobals());
  const model = 'https://any.invalid/m/resolve/1/';
  const tensor = {
    name: 'w',
    shape: [1],
    dtype: 'uint32',
    format: 'raw',
    nbytes: 2 ** 27 + 4,
    byteOffset: 0,
  };
  const list = { records: [{ dataPath: 'params_shard_0.bin', nbytes: 2 ** 27 + 4, records: [tensor] }] };
  const store = await caches.open('webllm/model');
  await store.put(`${model}tensor-cache.json`, new Response(JSON.stringify(list)));
  const load = (maxStorageBufferBindingSize: number) => {
    const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize };
    device = Object.assign(makeFakeDevice().device, { limits });
    return loadModel({
      model: testModel,
      record: { model, model_id: testModel.id, model_lib: '' },
      watch: { opened: 0, listen: (listener) => void (open = listener) },
      signal: new AbortController().signal,
      onProgress() {},
    });
  };
  await expect(load(2 ** 27)).rejects.toMatchObject({
    code: 'model-failed',
    message: expect.stringContaining('Scripted needs a buffer of 134.2 MB') as string,
  });
  await expect(load(2 ** 30)).rejects.toThrow('It went on.');
});
