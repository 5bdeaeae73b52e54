import type { DeviceId } from '../../shared/ids.ts';
import type { RequestBody, Usage } from './messages.ts';

/** What a host's engine says of one request. `queued` may come often; `done` is last. */
export type EngineEvent =
  /** 1 is next. */
  | { type: 'queued'; place: number }
  /** `readTokens`: of the prompt, those that are read for it; the rest was in the KV cache. */
  | { type: 'start'; firstTurn: number; promptTokens: number; readTokens: number }
  | { type: 'text'; text: string; tokens: number }
  | { type: 'done'; finishReason: 'stop' | 'length'; usage: Usage };

/**
 * Generates for a guest. Abort ends it after at most one more token. Rejects with an `AppError`; the message of
 * anything else is not passed on.
 */
export type Generate = (body: RequestBody, signal: AbortSignal) => AsyncIterable<EngineEvent>;

/** The same, told for which device: they share the engine fairly. */
export type GenerateFor = (
  body: RequestBody,
  signal: AbortSignal,
  device: { id: DeviceId; name: string },
) => AsyncIterable<EngineEvent>;
