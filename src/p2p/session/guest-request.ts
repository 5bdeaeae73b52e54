import { AppError, assertNever } from '../../shared/errors.ts';
import type { Channel, Heard } from './channel.ts';
import type { Clock } from './clock.ts';
import { ACK_ENTRIES, ACK_MS, CREDIT } from './limits.ts';
import type {
  BusyReason,
  Denial,
  EntryMessage,
  FromGuest,
  RequestBody,
  RequestId,
  Usage,
} from './messages.ts';

/** What a guest sees of its request. The last is `done`, `refused` or `interrupted`; an engine's failure is thrown. */
export type GuestEvent =
  | { type: 'queued'; place: number }
  | { type: 'start'; firstTurn: number; promptTokens: number }
  | { type: 'text'; text: string; tokens: number }
  | { type: 'done'; finishReason: 'stop' | 'length' | 'cancelled'; usage: Usage }
  /** Nothing was generated. `retryAfter` in seconds. */
  | { type: 'refused'; reason: BusyReason | Denial; retryAfter: number | null }
  /** The host does not know it any more, or the session is over: what was read so far is all there is. */
  | { type: 'interrupted' };

export type RequestNews = Exclude<Heard<'guest'>, { type: 'status' }>;
type GuestChannel = Channel<FromGuest>;

/** One request of this device, over whichever link there is. */
export interface GuestRequest {
  readonly id: RequestId;
  /** Nothing more is expected from the host. */
  readonly isOver: boolean;
  /** Asks on this channel from now on. */
  bind(channel: GuestChannel): void;
  /** False for what an honest host does not send. */
  receive(message: RequestNews): boolean;
  interrupt(): void;
  events(signal: AbortSignal): AsyncGenerator<GuestEvent, void, undefined>;
}

export interface GuestRequestOptions {
  id: RequestId;
  body: RequestBody;
  clock: Clock;
  onOver(): void;
}

type Queued = { event: GuestEvent; number: number | null } | { failure: AppError };

export function makeGuestRequest(options: GuestRequestOptions): GuestRequest {
  const { id, body, clock } = options;
  const queue: Queued[] = [];
  let wake = () => {};
  let channel: GuestChannel | null = null;
  let received = 0;
  let used = 0;
  let acked = 0;
  let asked: 'request' | 'resume' | null = null;
  let isAccepted = false;
  let isCancelled = false;
  let isOver = false;
  let stopAckTimer: (() => void) | null = null;

  const finish = () => {
    if (isOver) return;
    isOver = true;
    channel = null;
    wake();
    options.onOver();
  };

  const push = (queued: Queued) => {
    const last = queue.at(-1);
    const isNewPlace = 'event' in queued && queued.event.type === 'queued';
    // Only the newest place is of interest, so places never pile up.
    if (isNewPlace && last !== undefined && 'event' in last && last.event.type === 'queued') queue.pop();
    if (!isCancelled) queue.push(queued);
    wake();
  };

  const close = (event: GuestEvent) => {
    push({ event, number: null });
    finish();
  };

  const sendAck = () => {
    stopAckTimer?.();
    stopAckTimer = null;
    if (used <= acked) return;
    acked = used;
    channel?.send({ type: 'ack', id, number: acked });
  };

  const use = (number: number) => {
    used = number;
    if (used - acked >= ACK_ENTRIES) sendAck();
    else stopAckTimer ??= clock.after(ACK_MS, sendAck);
  };

  const ask = () => {
    if (isCancelled) {
      channel?.send({ type: 'cancel', id });
    } else if (isAccepted || received > 0) {
      asked = 'resume';
      acked = used;
      channel?.send({ type: 'resume', id, lastNumber: received, acked });
    } else {
      asked = 'request';
      channel?.send({ type: 'request', id, body });
    }
  };

  const onEntry = (entry: EntryMessage): boolean => {
    const { number } = entry;
    if (isCancelled) {
      if (entry.type === 'done' || entry.type === 'error') finish();
      return true;
    }
    // From before a change of links: read already.
    if (number <= received) return true;
    if (number !== received + 1 || number - acked > CREDIT) return false;
    received = number;
    switch (entry.type) {
      case 'start':
        push({
          event: { type: 'start', firstTurn: entry.firstTurn, promptTokens: entry.promptTokens },
          number,
        });
        return true;
      case 'text':
        push({ event: { type: 'text', text: entry.text, tokens: entry.tokens }, number });
        return true;
      case 'done':
        push({ event: { type: 'done', finishReason: entry.finishReason, usage: entry.usage }, number });
        break;
      case 'error':
        push({ failure: new AppError(entry.code, entry.message) });
        break;
      default:
        assertNever(entry);
    }
    // The host may forget it: all of it is here.
    channel?.send({ type: 'ack', id, number });
    finish();
    return true;
  };

  const onDenied = (reason: Denial, retryAfter: number | null) => {
    if (reason !== 'unknown-request') {
      close({ type: 'refused', reason, retryAfter });
    } else if (isCancelled) {
      finish();
    } else if (asked === 'resume' && received === 0) {
      // It was lost with the host's memory before it began: nothing is doubled by asking again.
      isAccepted = false;
      ask();
    } else {
      close({ type: 'interrupted' });
    }
  };

  const cancel = () => {
    if (isOver || isCancelled) return;
    isCancelled = true;
    queue.length = 0;
    stopAckTimer?.();
    if (asked === null) finish();
    else if (channel !== null) ask();
    wake();
  };

  return {
    id,
    get isOver() {
      return isOver;
    },
    bind(next) {
      channel = next;
      ask();
    },
    receive(message) {
      if (isOver) return true;
      switch (message.type) {
        case 'accept':
          isAccepted = true;
          if (message.place > 0) push({ event: { type: 'queued', place: message.place }, number: null });
          return true;
        case 'busy':
          close({ type: 'refused', reason: message.reason, retryAfter: null });
          return true;
        case 'deny':
          onDenied(message.reason, message.retryAfter);
          return true;
        default:
          return onEntry(message);
      }
    },
    interrupt() {
      if (!isOver) close({ type: 'interrupted' });
    },
    async *events(signal) {
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
      try {
        for (;;) {
          const next = queue.shift();
          if (next === undefined) {
            if (isOver || isCancelled) return;
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          if ('failure' in next) throw next.failure;
          if (next.number !== null) use(next.number);
          yield next.event;
        }
      } finally {
        signal.removeEventListener('abort', cancel);
        stopAckTimer?.();
        // Whoever stops reading wants no more of it.
        cancel();
      }
    },
  };
}
