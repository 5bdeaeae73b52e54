import type { Generation } from '../../shared/conversation.ts';
import type { GenerateOptions, TokenLogprob } from '../../shared/door.ts';
import type { ContextChoice } from '../../shared/model-settings.ts';
import type { LoadPhase, ModelChoice } from '../../shared/engine-state.ts';

export interface Turn {
  role: 'user' | 'assistant';
  /** Exactly as typed, or exactly as the engine wrote it, but for its thoughts: an engine may reuse its KV cache only for equal text. */
  text: string;
}

export interface Sampling {
  temperature: number;
  topP: number;
  /** Most tokens of one run. */
  maxTokens: number;
  seed: number | null;
}

export interface GenerateRequest {
  model: ModelChoice;
  /** Oldest first; the last is the person's. */
  turns: Turn[];
  /** What the answer already says: the engine goes on after it. Empty for a new answer. */
  prefix: string;
  sampling: Sampling;
  /** For models that are told one, as OpenChat is: `Math Correct`. Null or absent: the model's usual one. */
  condition?: string | null;
  /** An engine that cannot do what is asked rejects with `bad-input`. */
  options?: GenerateOptions;
  /** No turn may be left out: a conversation for which the context has no room is refused with `context-full`. */
  isWhole?: boolean;
}

export interface Measured {
  /** Tokens of the whole conversation as the model would read it, with what no longer fits. */
  tokens: number;
  contextWindow: number;
  /** The index of the oldest turn that fits. */
  firstTurn: number;
}

export type EngineEvent =
  /**
   * `firstTurn` is the index of the oldest turn that fits the context; `promptTokens` counts all that stands before the
   * first new token, and `readTokens` how many of them have to be read now: the rest is in the KV cache already.
   */
  | {
      type: 'start';
      firstTurn: number;
      promptTokens: number;
      readTokens: number;
      /** Where the engine is not the one to choose the model. */
      madeBy?: Pick<Generation, 'model' | 'quantization' | 'server' | 'isSeamUnsure'>;
    }
  /** Text to append, and how many tokens made it; less than none where a count before turns out too high. */
  | { type: 'text'; text: string; tokens: number; logprobs?: TokenLogprob[] }
  /** Always the last event. `promptTokens` where only the end tells them. */
  | { type: 'done'; finishReason: 'stop' | 'length'; promptTokens?: number };

export interface LoadProgress {
  phase: LoadPhase;
  loadedBytes: number;
  totalBytes: number | null;
  /** 0 to 1 over all phases; never goes back. */
  progress: number;
}

export interface LoadOptions {
  signal: AbortSignal;
  onProgress(progress: LoadProgress): void;
  /** How many tokens it is to hold, where that is not the usual. */
  contextTokens?: number;
}

/**
 * Turns a prompt into tokens. One generation at a time: the run loop sees to that.
 * Errors are `AppError`s: `bad-input`, `no-gpu`, `gpu-lost`, `host-lost`, `host-refused`, `model-failed`, `model-unknown`, `context-full`, `engine-failed`.
 */
export interface Engine {
  readonly loadedModel: string | null;
  /** Loads the model, or does nothing when it is loaded. Rejects with an `AbortError` when `signal` aborts. */
  load(model: ModelChoice, options: LoadOptions): Promise<void>;
  unload(): Promise<void>;
  /**
   * Yields `start`, then `text`, then `done`. Abort ends it after at most one more token, without an error and without `done`.
   * Rejects with `gpu-lost` when the device goes away, or `host-lost`; `load` then gets another.
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<EngineEvent>;
  /**
   * Counts with the model's own tokenizer, and leaves room for `maxTokens` of an answer, or the usual number; null while it is not
   * loaded. Absent where an engine has no tokenizer at hand.
   */
  measure?(
    request: Pick<GenerateRequest, 'model' | 'turns' | 'condition' | 'options'> & { maxTokens?: number },
  ): Promise<Measured | null>;
  /** Reads a conversation before anybody asks something in it. Gives way to everything else, and never rejects. Not while one is generated. Absent where that is not ours to do. */
  readAhead?(
    request: Pick<GenerateRequest, 'model' | 'turns' | 'condition' | 'options'>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Null where the model's files are not here, or it runs elsewhere. */
  contextOf?(model: ModelChoice): Promise<ContextChoice | null>;
  /** Devices opened so far. */
  readonly devicesOpened: number;
  /** What a new message's `Generation` says before the run begins. */
  defaults(model: ModelChoice): Promise<Sampling>;
  /** Why this model's engine cannot run at all in this browser; null when it can. */
  missing(model: ModelChoice): Promise<string | null>;
}
