// A library with its weights in web-llm, and the library's own functions.
import * as webllm from '/web-llm.js';

/** web-llm with the model in /job/model and the library that the job names. */
export async function load(job) {
  const id = 'model-under-test';
  const record = {
    model: new URL('/job/model/', location.href).href,
    model_id: id,
    model_lib: new URL(`/job/${job.library}`, location.href).href,
  };
  const engine = new webllm.MLCEngine({ appConfig: { model_list: [record] }, logLevel: 'WARN' });
  const begun = performance.now();
  await engine.reload(id);
  return {
    engine,
    seconds: (performance.now() - begun) / 1000,
    pipeline: engine.loadedModelIdToPipeline.get(id),
  };
}

/** Feeds tokens to the model; the logits after the last one come back to the CPU. */
export function stepper({
  tvm,
  device,
  embed,
  params,
  kvCache,
  prefill,
  decoding,
  fKVCacheBeginForward,
  fKVCacheEndForward,
}) {
  const shape = (n) => tvm.makeShapeTuple([n]);
  return async (ids) => {
    tvm.beginScope();
    const flat = embed(tvm.empty([ids.length], 'int32', device).copyFrom(ids), params);
    fKVCacheBeginForward(kvCache, shape(0), shape(ids.length));
    const x = flat.view([1, ids.length, flat.shape[1]]);
    const out = (ids.length > 1 ? prefill : decoding)(x, kvCache, params).get(0);
    fKVCacheEndForward(kvCache);
    const host = tvm.empty(out.shape, 'float32', tvm.cpu()).copyFrom(out);
    await device.sync();
    const logits = host.toArray().slice();
    tvm.endScope();
    return logits;
  };
}

export const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
