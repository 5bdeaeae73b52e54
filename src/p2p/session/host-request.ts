import * as v from 'valibot';
import { AppError, assertNever } from '../../shared/errors.ts';
import type { Channel } from './channel.ts';
import type { Clock } from './clock.ts';
import type { Generate } from './host-engine.ts';
import { CREDIT, READ_PER_WRITTEN, REQUEST_TTL_MS } from './limits.ts';
import type { Denial, EngineErrorCode, FromHost, RequestBody, RequestId, Usage } from './messages.ts';
import { engineErrorCode } from './messages.ts';
import { makeRequestLog } from './request-log.ts';
import { makeTokenBatch } from './token-batch.ts';

export type RequestStage = 'waiting' | 'running' | 'ended';

/** One request of one device: what it made so far, and where that goes. It lives on when its link dies. */
export interface HostRequest {
  readonly id: RequestId;
  readonly stage: RequestStage;
  readonly logBytes: number;
  /** To compare a repeated request with; the body itself is let go once it has begun. */
  readonly digest: string;
  /** Whether a link carries it now. */
  readonly isBound: boolean;
  /** With at most so many tokens, if fewer than it was accepted with. */
  run(mostTokens: number): Promise<void>;
  /** Waits again, if the engine has not begun with it: it may be waiting in a queue of the engine's own. */
  recall(): void;
  /** Its turn came and cannot be: the same end as for a request that is not accepted. */
  refuse(reason: Denial, retryAfter: number): void;
  setPlace(place: number): void;
  /** Sends on this channel from now on. False when entries after `lastNumber` are gone or never were. */
  bind(channel: Channel<FromHost>, lastNumber: number, acked: number): boolean;
  unbind(channel: Channel<FromHost>): void;
  ack(number: number): void;
  /** The host's person stops it: ends with `done`, reason `cancelled`, after all that was made before. */
  cancel(): void;
  /** The guest wants no more of it: the same end, without what it has not been sent yet. */
  abandon(channel: Channel<FromHost>): void;
  pump(): void;
  /** Ends without a word to anyone. */
  discard(): void;
}

export interface HostRequestOptions {
  id: RequestId;
  digest: string;
  /** Most tokens, after the device's limits as they are now. */
  maxTokens: number;
  clock: Clock;
  generate: Generate;
  /** Counts them; false when the device may have no more. */
  spend(tokens: number): boolean;
  onStage(stage: RequestStage): void;
  /** Kept long enough: forget it. */
  onExpired(): void;
}

const readCode = (error: unknown): EngineErrorCode => {
  const code = v.safeParse(engineErrorCode, error instanceof AppError ? error.code : null);
  return code.success ? code.output : 'engine-failed';
};

export function makeHostRequest(body: RequestBody, options: HostRequestOptions): HostRequest {
  const { id, clock } = options;
  let { maxTokens } = options;
  let unread: RequestBody | null = body;
  const log = makeRequestLog();
  /** Of its turn at the engine: another one after each recall. */
  let stop = new AbortController();
  let stage: RequestStage = 'waiting';
  let place = 0;
  let channel: Channel<FromHost> | null = null;
  let sent = 0;
  let acked = 0;
  let tokens = 0;
  let stopExpiry: (() => void) | null = null;

  const expireLater = () => {
    stopExpiry?.();
    stopExpiry = clock.after(REQUEST_TTL_MS, () => {
      discard();
      options.onExpired();
    });
  };

  const pump = () => {
    while (channel?.isRoomy === true && sent < log.last && sent - acked < CREDIT) {
      const entry = log.at(sent + 1);
      if (entry === null) return;
      sent += 1;
      channel.send(entry);
    }
  };

  const tellPlace = () => channel?.send({ type: 'accept', id, place, maxTokens });

  const end = () => {
    stage = 'ended';
    unread = null;
    batch.drop();
    stop.abort();
    expireLater();
    pump();
    options.onStage(stage);
  };

  const finish = (finishReason: 'stop' | 'length' | 'cancelled', usage: Usage) => {
    if (stage === 'ended') return;
    batch.flush();
    // The flush itself may have ended it, when the log is full.
    if (isEnded()) return;
    log.append({ type: 'done', id, number: log.last + 1, finishReason, usage }, acked);
    end();
  };

  const fail = (code: EngineErrorCode, message: string) => {
    if (stage === 'ended') return;
    batch.flush();
    if (isEnded()) return;
    log.append({ type: 'error', id, number: log.last + 1, code, message: message.slice(0, 500) }, acked);
    end();
  };

  const cancel = () => finish('cancelled', { promptTokens: 0, completionTokens: tokens });
  /** The device may have no more. */
  const cut = () => finish('length', { promptTokens: 0, completionTokens: tokens });

  const isEnded = () => stage === 'ended';

  const appendText = (text: string, count: number) => {
    if (isEnded()) return;
    if (log.append({ type: 'text', id, number: log.last + 1, text, tokens: count }, acked)) {
      pump();
      return;
    }
    log.append(
      {
        type: 'error',
        id,
        number: log.last + 1,
        code: 'busy',
        message: 'This device did not fetch its answer in time.',
      },
      acked,
    );
    end();
  };
  const batch = makeTokenBatch(clock, appendText);

  const discard = () => {
    stopExpiry?.();
    stopExpiry = null;
    channel = null;
    const wasEnded = stage === 'ended';
    stage = 'ended';
    unread = null;
    batch.drop();
    stop.abort();
    if (!wasEnded) options.onStage(stage);
  };

  const run = async (mostTokens: number) => {
    if (unread === null) return;
    maxTokens = Math.min(maxTokens, mostTokens);
    stage = 'running';
    options.onStage(stage);
    const request = { ...unread, sampling: { ...unread.sampling, maxTokens } };
    const { signal } = stop;
    try {
      for await (const event of options.generate(request, signal)) {
        // It has ended, or was recalled.
        if (signal.aborted) break;
        if (event.type !== 'queued') unread = null;
        switch (event.type) {
          case 'queued':
            setPlace(event.place);
            break;
          case 'start':
            setPlace(0);
            log.append(
              {
                type: 'start',
                id,
                number: log.last + 1,
                firstTurn: event.firstTurn,
                promptTokens: event.promptTokens,
              },
              acked,
            );
            pump();
            if (!options.spend(Math.round(event.readTokens / READ_PER_WRITTEN))) cut();
            break;
          case 'text': {
            tokens += event.tokens;
            const mayGoOn = options.spend(event.tokens);
            batch.add(event.text, event.tokens);
            // An engine that does not count is stopped here, and one of several that had the same rest of the hour.
            if (tokens > maxTokens || !mayGoOn) cut();
            break;
          }
          case 'done':
            finish(event.finishReason, event.usage);
            break;
          default:
            assertNever(event);
        }
      }
      if (!signal.aborted) fail('engine-failed', 'The host stopped before the answer was complete.');
    } catch (error) {
      const message = error instanceof AppError ? error.message : 'The host could not answer.';
      if (!signal.aborted) fail(readCode(error), message);
    }
  };

  const setPlace = (next: number) => {
    if (place === next) return;
    place = next;
    tellPlace();
  };

  // Until a channel is bound nobody is there, so the time runs from the start.
  expireLater();

  return {
    id,
    digest: options.digest,
    get stage() {
      return stage;
    },
    get logBytes() {
      return log.bytes;
    },
    get isBound() {
      return channel !== null;
    },
    run,
    recall() {
      if (stage !== 'running' || unread === null) return;
      stage = 'waiting';
      stop.abort();
      stop = new AbortController();
    },
    refuse(reason, retryAfter) {
      channel?.send({ type: 'deny', id, reason, retryAfter });
      discard();
    },
    setPlace,
    bind(next, lastNumber, ackedByGuest) {
      if (lastNumber > log.last || lastNumber + 1 < log.first || ackedByGuest > lastNumber) return false;
      channel = next;
      sent = lastNumber;
      acked = Math.max(acked, ackedByGuest);
      if (stage === 'ended') {
        expireLater();
      } else {
        stopExpiry?.();
        stopExpiry = null;
        tellPlace();
      }
      pump();
      return true;
    },
    unbind(gone) {
      if (channel !== gone) return;
      channel = null;
      expireLater();
    },
    ack(number) {
      // A guest can acknowledge only what it was sent.
      if (number > log.last || number <= acked) return;
      acked = number;
      pump();
    },
    cancel,
    abandon(asking) {
      channel = null;
      cancel();
      channel = asking;
      sent = log.last - 1;
      acked = sent;
      pump();
    },
    pump,
    discard,
  };
}
