// The library's functions on logits, fed with numbers that Python made.

function access({ tvm, device }) {
  const put = (data, shape, dtype) => {
    const typed = dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data);
    return tvm.empty(shape, dtype, device).copyFrom(typed);
  };
  const get = async (array) => {
    const host = tvm.empty(array.shape, array.dtype, tvm.cpu()).copyFrom(array);
    await device.sync();
    return Array.from(host.toArray());
  };
  return { put, get };
}

/** All draws of a case in one call. -> [{ probs, tokens }] */
export async function runSampling(pipeline, cases) {
  const { put, get } = access(pipeline);
  const found = [];
  for (const { logits, temperature, topP, uniform } of cases) {
    pipeline.tvm.beginScope();
    const size = logits.length;
    const n = uniform.length;
    const probs = pipeline.fsoftmaxWithTemperature(
      put(logits, [1, 1, size], 'float32'),
      put([temperature], [1], 'float32'),
    );
    const sorted = pipeline.fargsortProbs(probs.view([1, size]));
    const tokens = pipeline.fsampleWithTopP(
      sorted.get(0),
      sorted.get(1),
      put(uniform, [n], 'float32'),
      put(
        Array.from({ length: n }, () => 0),
        [n],
        'int32',
      ),
      put([topP], [1], 'float32'),
    );
    found.push({ probs: await get(probs), tokens: await get(tokens) });
    pipeline.tvm.endScope();
  }
  return found;
}

/** -> the logits after each function by itself */
export async function runLogitFunctions(pipeline, { logits, tokens, counts, bias, penalties, mask }) {
  const { put, get } = access(pipeline);
  const size = logits.length;
  const n = tokens.length;
  pipeline.tvm.beginScope();
  const fresh = () => put(logits, [1, size], 'float32');
  const zeros = put(
    Array.from({ length: n }, () => 0),
    [n],
    'int32',
  );
  const zero = put([0], [1], 'int32');
  const ids = put(tokens, [n], 'int32');
  const biased = fresh();
  pipeline.fapplyLogitBias(biased, zeros, ids, put(bias, [n], 'float32'));
  const penalised = fresh();
  pipeline.fapplyPenalty(
    penalised,
    zero,
    zeros,
    ids,
    put(counts, [n], 'int32'),
    put(penalties, [1, 3], 'float32'),
  );
  const masked = fresh();
  pipeline.fapplyBitmask(masked, zero, put(mask, [1, mask.length], 'int32'));
  const found = { biased: await get(biased), penalised: await get(penalised), masked: await get(masked) };
  pipeline.tvm.endScope();
  return found;
}
