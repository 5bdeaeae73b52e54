import type { MLCEngine } from '@mlc-ai/web-llm';
import type { GenerateOptions } from '../../shared/door.ts';
import type { AppError } from '../../shared/errors.ts';
import type { LossGuard } from './loss-guard.ts';
import { makeContextReader, type ContextReader } from './context-reader.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';
import { makePromptWriter, type PromptWriter } from './prompt-writer.ts';
import { specialTokensOf } from './special-tokens.ts';
import { templateFor } from './template-options.ts';

/** A model on the GPU, from the end of its load to its unload or the loss of its device. */
export interface LoadedModel {
  readonly id: string;
  readonly pipeline: Pipeline;
  /** Writes prompts in the model's own words, or as a request wants them. Throws `bad-input` for what the model does not have. */
  writerFor(options?: Pick<GenerateOptions, 'system' | 'condition'>): PromptWriter;
  readonly reader: ContextReader;
  /** False once it is unloaded, has lost its device, or a step of it has failed. */
  readonly isUsable: boolean;
  /** Why its device is gone, when that was not our doing. */
  readonly loss: AppError | null;
  /** One step of work on the GPU. Rejects at once when the device is lost or the model is unloaded. */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** Lets a step that is under way end, and frees the GPU. */
  unload(): Promise<void>;
}

const maxWriters = 4;

export interface LoadedModelOptions {
  id: string;
  engine: MLCEngine;
  guard: LossGuard;
  tokenizerFile: unknown;
}

export function makeLoadedModel({ id, engine, guard, tokenizerFile }: LoadedModelOptions): LoadedModel {
  const pipeline = openPipeline(engine, id);
  const { template } = pipeline.config;
  const specialTokens = specialTokensOf(tokenizerFile, template.stop_token_ids);
  let current: Promise<unknown> = Promise.resolve();
  let isOver = false;

  const writers = new Map<string, PromptWriter>();
  /** Each writer keeps the tokens of the last conversation: the few last used are enough. */
  function writerFor({
    system,
    condition,
  }: Pick<GenerateOptions, 'system' | 'condition'> = {}): PromptWriter {
    const key = JSON.stringify([system, condition]);
    const wanted = templateFor(template, {
      ...(system !== undefined && { system }),
      ...(condition && { condition }),
    });
    const writer =
      writers.get(key) ?? makePromptWriter({ template: wanted, encode: pipeline.encode, specialTokens });
    writers.delete(key);
    writers.set(key, writer);
    const [oldest] = writers.keys();
    if (writers.size > maxWriters && oldest !== undefined) writers.delete(oldest);
    return writer;
  }

  return {
    id,
    pipeline,
    writerFor,
    reader: makeContextReader(pipeline),

    get isUsable() {
      return !isOver && guard.loss === null;
    },

    get loss() {
      return guard.loss;
    },

    async step(work) {
      if (isOver) throw new Error('The model was unloaded.');
      const done = guard.race(work);
      current = done;
      try {
        return await done;
      } catch (error) {
        // What the KV cache and the runtime are like after a failed step, nobody knows.
        isOver = true;
        throw error;
      }
    },

    async unload() {
      isOver = true;
      await current.catch(() => {});
      // After a loss web-llm has cleaned up by itself, and would wait for a device that is no more.
      if (!guard.loss) await engine.unload();
      guard.release();
    },
  };
}
