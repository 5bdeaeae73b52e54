import type { ModelRecord } from '@mlc-ai/web-llm';
import * as v from 'valibot';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { requireBuffers } from '../models/fit.ts';
import { readModelFile, WeightsList, weightsListName } from '../models/model-files.ts';
import { loadWebLlm } from '../models/web-llm.ts';
import type { DeviceWatch } from './device-watch.ts';
import type { LoadOptions } from './engine.ts';
import { asLoadError } from './load-error.ts';
import { makeLoadProgress } from './load-progress.ts';
import { makeLoadedModel, type LoadedModel } from './loaded-model.ts';
import { makeLossGuard } from './loss-guard.ts';

export interface LoadModelOptions extends LoadOptions {
  model: ModelChoice;
  record: ModelRecord;
  watch: DeviceWatch;
}

const aborted = (): DOMException => new DOMException('The load was cancelled.', 'AbortError');

/**
 * Loads a model into a web-llm engine of its own. When it rejects, by abort or by failure, nothing of it is left on the GPU.
 *
 * web-llm hears of an abort only while it fetches. In its other phases the abort is thrown from the two places where it
 * calls out, its progress reports and the opening of a device, so that it ends at the next shard or shader.
 */
export async function loadModel(options: LoadModelOptions): Promise<LoadedModel> {
  const { model, record, watch, signal } = options;
  const guard = makeLossGuard();
  const stop = new AbortController();
  let interrupt = (): void => stop.abort();
  const onAbort = (): void => interrupt();
  signal.addEventListener('abort', onAbort);
  const goOn = (): void => {
    if (stop.signal.aborted || signal.aborted) throw aborted();
  };

  try {
    goOn();
    const { MLCEngine, hasModelInCache } = await loadWebLlm();
    const appConfig = { model_list: [record] };
    const weights = v.parse(
      WeightsList,
      await readModelFile(record, 'webllm/model', weightsListName, signal),
    );
    const totalBytes = weights.records.reduce((sum, { nbytes }) => sum + nbytes, 0);
    const isCached = await hasModelInCache(model.id, appConfig);
    const report = makeLoadProgress(totalBytes, isCached, options.onProgress);
    const engine = new MLCEngine({
      appConfig,
      logLevel: 'WARN',
      initProgressCallback(progress) {
        goOn();
        report(progress);
      },
    });
    interrupt = () => {
      stop.abort();
      // Aborts what it fetches; it rejects its own reload with that.
      engine.unload().catch(() => {});
    };
    goOn();
    watch.listen((device) => {
      guard.add(device);
      goOn();
      // Its files may have come while there was another GPU, or by an older Hearth.
      requireBuffers(model.label, weights, device.limits);
    });
    await guard.race(() => engine.reload(model.id));
    goOn();
    const tokenizerFile = await readModelFile(record, 'webllm/model', 'tokenizer.json', signal);
    return makeLoadedModel({ id: model.id, engine, guard, tokenizerFile });
  } catch (error) {
    // A reload that lost its device may still be under way: it ends at its next report.
    stop.abort();
    guard.release();
    throw signal.aborted ? aborted() : asLoadError(error, model);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
