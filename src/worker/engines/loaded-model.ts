import type { MLCEngine } from '@mlc-ai/web-llm';
import { AppError } from '../../shared/errors.ts';
import type { LossGuard } from './loss-guard.ts';
import { makeContextReader, type ContextReader } from './context-reader.ts';
import { openPipeline, type Pipeline } from './pipeline.ts';
import { makePromptWriters, type WriterFor } from './prompt-writers.ts';

/** A model on the GPU, from the end of its load to its unload or the loss of its device. */
export interface LoadedModel {
  readonly id: string;
  readonly pipeline: Pipeline;
  readonly writerFor: WriterFor;
  /** The same for counting: what it remembers is not what the KV cache holds. */
  readonly counterFor: WriterFor;
  readonly reader: ContextReader;
  /** False once it is unloaded, has lost its device, or a step of it has failed other than by refusing what was asked. */
  readonly isUsable: boolean;
  /** Why its device is gone, when that was not our doing. */
  readonly loss: AppError | null;
  /** One step of work on the GPU. Rejects at once when the device is lost or the model is unloaded. */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** Lets a step that is under way end, and frees the GPU. */
  unload(): Promise<void>;
}

export interface LoadedModelOptions {
  id: string;
  engine: MLCEngine;
  guard: LossGuard;
  tokenizerFile: unknown;
}

export function makeLoadedModel({ id, engine, guard, tokenizerFile }: LoadedModelOptions): LoadedModel {
  const pipeline = openPipeline(engine, id);
  const { template } = pipeline.config;
  let current: Promise<unknown> = Promise.resolve();
  let isOver = false;

  return {
    id,
    pipeline,
    writerFor: makePromptWriters({ ...pipeline, template, tokenizerFile }),
    counterFor: makePromptWriters({ ...pipeline, template, tokenizerFile }),
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
        // What the KV cache and the runtime are like after a failed step, nobody knows. A request that was refused did
        // nothing to them.
        if (!(error instanceof AppError && error.code === 'bad-input')) isOver = true;
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
