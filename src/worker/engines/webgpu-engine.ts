import type { ModelRecord } from '@mlc-ai/web-llm';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { ModelSource } from '../models/catalogue.ts';
import { parseChatConfig, type ChatConfig } from '../models/chat-config.ts';
import { readModelFile } from '../models/model-files.ts';
import { measurePrompt } from './build-prompt.ts';
import { contextChoice, withContext } from './context-choice.ts';
import { watchDevices, type GpuPlatform } from './device-watch.ts';
import type { Engine, Sampling } from './engine.ts';
import { requireGpuFor, whyNoGpu } from './gpu-check.ts';
import { loadModel } from './load-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import { makeReadAhead } from './read-ahead.ts';
import { writeReply } from './write-reply.ts';

export interface WebgpuEngineOptions {
  catalogue: ModelSource;
  platform?: GpuPlatform;
}

/** An answer's length unless a person says otherwise; the context may end it earlier. */
const defaultMaxTokens = 4096;

/** web-llm in this worker. Make one per worker: it watches all devices that are opened there. */
export function makeWebgpuEngine({ catalogue, platform = globalThis }: WebgpuEngineOptions): Engine {
  const watch = watchDevices(platform);
  let loaded: LoadedModel | null = null;
  const ahead = makeReadAhead();
  let lastChange: Promise<void> = Promise.resolve();

  /** Loads and unloads follow each other: two at once would fight over the GPU. */
  function inTurn(change: () => Promise<void>): Promise<void> {
    lastChange = lastChange.then(change, change);
    return lastChange;
  }

  async function unloadNow(): Promise<void> {
    const old = loaded;
    loaded = null;
    await ahead.end();
    await old?.unload();
  }

  async function recordOf(model: ModelChoice): Promise<ModelRecord> {
    const record = await catalogue.recordOf(model.id);
    if (!record) throw new AppError('model-unknown', `There is no model named ${model.id}.`);
    return record;
  }

  async function storedConfig(model: ModelChoice): Promise<ChatConfig> {
    const record = await recordOf(model);
    const file = (await readModelFile(record, 'webllm/config', 'mlc-chat-config.json')) as object;
    return parseChatConfig({ ...file, ...record.overrides });
  }

  return {
    get loadedModel() {
      return loaded?.isUsable ? loaded.id : null;
    },

    get devicesOpened() {
      return watch.opened;
    },

    load: (model, options) =>
      inTurn(async () => {
        if (loaded?.isUsable && loaded.id === model.id) return;
        await unloadNow();
        const record = withContext(await recordOf(model), options.contextTokens);
        await requireGpuFor(model, platform, watch.opened > 0);
        loaded = await loadModel({ ...options, model, record, watch });
      }),

    unload: () => inTurn(unloadNow),

    async *generate(request, signal) {
      const { model } = request;
      const used = loaded;
      if (!used?.isUsable || used.id !== model.id) {
        throw used?.loss ?? new AppError('engine-failed', `${model.label} is not loaded.`);
      }
      await ahead.end();
      try {
        yield* writeReply(used, request, signal);
      } catch (error) {
        if (used.loss) throw used.loss;
        if (error instanceof AppError) throw error;
        throw new AppError('engine-failed', `${model.label} stopped with an error.`, { cause: error });
      }
    },

    async readAhead({ model, ...request }, signal) {
      if (loaded?.isUsable && loaded.id === model.id) await ahead.begin(loaded, request, signal);
    },

    async contextOf(model) {
      const record = await recordOf(model);
      const file = await readModelFile(record, 'webllm/config', 'mlc-chat-config.json').catch(() => null);
      return file === null ? null : contextChoice(file, record);
    },

    async measure({ model, turns, condition = null, options = {}, maxTokens = defaultMaxTokens }) {
      const used = loaded;
      if (!used?.isUsable || used.id !== model.id) return null;
      const writer = await used.counterFor({ turns, prefix: '', condition, options });
      const sampling = { temperature: 0, topP: 1, maxTokens, seed: null };
      return measurePrompt(writer, used.pipeline.contextWindow, { turns, prefix: '', sampling });
    },

    async defaults(model): Promise<Sampling> {
      const { temperature, topP } =
        loaded?.isUsable && loaded.id === model.id ? loaded.pipeline.config : await storedConfig(model);
      return { temperature, topP, maxTokens: defaultMaxTokens, seed: null };
    },

    missing: () => whyNoGpu(platform, watch.opened > 0),
  };
}
