import { MLCEngine } from '@mlc-ai/web-llm';
import { expect, test, vi } from 'vitest';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { libraries } from '../../../src/worker/models/our-models.ts';

// Compiling OpenChat's kernels in software takes 12 to 18 s for each library.
vi.setConfig({ testTimeout: 180_000 });

interface Runtime {
  env: { constructor: new (provider: unknown) => { imports: WebAssembly.Imports }; libProvider: object };
  webgpu(): unknown;
  initWebGPU(device: GPUDevice): void;
  beginScope(): void;
  endScope(): void;
  createVirtualMachine(device: unknown): {
    getFunction(name: string): (...args: unknown[]) => unknown;
    getInternalModule(): unknown;
  };
  makeShapeTuple(shape: number[]): unknown;
  asyncLoadWebGPUPipelines(module: unknown): Promise<void>;
}
type RuntimeClass = new (
  module: WebAssembly.Module,
  imports: object,
  instance: WebAssembly.Instance,
  env: object,
) => Runtime;

/** web-llm keeps its runtime to itself: a loaded model has one, and that one has its classes. */
async function borrowRuntime(): Promise<Runtime> {
  const catalogue = makeCatalogue(new URL('/', location.href));
  const record = await catalogue.recordOf(catalogue.builtIn.id);
  if (!record) throw new Error('The built-in model must have a record.');
  const engine = new MLCEngine({ appConfig: { model_list: [record] } });
  await engine.reload(record.model_id);
  const { loadedModelIdToPipeline: pipelines } = engine as unknown as {
    loadedModelIdToPipeline: Map<string, { tvm: Runtime }>;
  };
  const tvm = pipelines.get(record.model_id)?.tvm;
  if (!tvm) throw new Error('web-llm has no runtime.');
  return tvm;
}

const functions =
  'embed prefill decode create_tir_paged_kv_cache softmax_with_temperature argsort_probs sample_with_top_p apply_bitmask_inplace apply_penalty_inplace apply_logit_bias_inplace'.split(
    ' ',
  );

// The 2023 one differs from it in how it reads a weight, and runs at pocket size in another test. f16 needs a GPU that has it.
test("OpenChat's library loads: all functions are there, all shaders compile, a KV cache for 8192 tokens is made", async () => {
  const path = libraries.find(({ modelId }) => modelId === 'OpenChat-3.5-1210-q4f32_1')?.path ?? '';
  const borrowed = await borrowRuntime();
  const Environment = borrowed.env.constructor;
  const Provider = borrowed.env.libProvider.constructor as new () => object;
  const env = new Environment(new Provider());
  const bytes = await (await fetch(`/models/${path}`)).arrayBuffer();
  const { module, instance } = await WebAssembly.instantiate(bytes, env.imports);
  const tvm = new (borrowed.constructor as RuntimeClass)(module, {}, instance, env);

  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('This test needs WebGPU.');
  const {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeWorkgroupStorageSize,
    maxStorageBuffersPerShaderStage,
  } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: {
      maxBufferSize,
      maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize,
      maxStorageBuffersPerShaderStage,
    },
  });
  const problems: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message));
  tvm.initWebGPU(device);
  tvm.beginScope();
  const vm = tvm.createVirtualMachine(tvm.webgpu());
  for (const name of functions) expect(vm.getFunction(name), name).toBeTypeOf('function');
  await tvm.asyncLoadWebGPUPipelines(vm.getInternalModule());
  const shape = (size: number): unknown => tvm.makeShapeTuple([size]);
  // What web-llm asks for at this context; the pages of all layers are buffers from here on.
  vm.getFunction('create_tir_paged_kv_cache')(shape(1), shape(8192), shape(1024), shape(16), shape(0));
  tvm.endScope();
  await device.queue.onSubmittedWorkDone();
  expect(problems).toEqual([]);
  device.destroy();
});
