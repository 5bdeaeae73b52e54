import { isSendable, type RequestBody } from '../../p2p/session/messages.ts';
import { AppError, asAppError, assertNever } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Engine, EngineEvent, Sampling } from '../engines/engine.ts';
import type { ReadyHost } from './hosts.ts';
import { refusal } from './refusal-words.ts';

/** What the model is called that stands for all paired devices. */
export const peerModelId = 'peer';

/** For the moment before a host has said how it samples; it is asked with its own values as soon as it has. */
const fallbackSampling: Sampling = { temperature: 0.7, topP: 0.95, maxTokens: 1024, seed: null };

/** How long a host may be away before another one takes its request over: a change of network takes less. */
const patienceMs = 3_000;

export interface PeerEngineOptions {
  clock: Clock;
  /** Best first. */
  ready(): ReadyHost[];
  /** Whether any host is paired, near or away. */
  isPaired(): boolean;
  /** Whether no paired host will ever let this device in again, as far as is known. */
  isHopeless(): boolean;
}

export interface PeerEngine extends Engine {
  /** Hosts came, went, or changed. */
  notice(): void;
}

const wentAway = (name: string): AppError =>
  new AppError('host-lost', `${name} went away. The answer can be continued.`);

/** A lost GPU of theirs is not this device's, which would be opened again. */
function hostFailure(error: unknown, name: string): AppError {
  const { code, message } = asAppError(error, 'engine-failed', 'It could not answer.');
  return new AppError(code === 'context-full' ? code : 'engine-failed', `${name}: ${message}`, {
    cause: error,
  });
}

/**
 * One attempt at one host. Returns null when it has answered, or when `signal` aborts; otherwise why not, and then
 * another host may go on. Throws only when its person wants no more of it.
 */
async function* ask(
  { name, status, guest }: ReadyHost,
  body: RequestBody,
  signal: AbortSignal,
  onText: (text: string, tokens: number) => void,
): AsyncGenerator<EngineEvent, AppError | null, undefined> {
  let isStopped = false;
  try {
    for await (const event of guest.request(body, { signal })) {
      switch (event.type) {
        case 'queued':
          break;
        case 'start':
          yield {
            type: 'start',
            firstTurn: event.firstTurn,
            promptTokens: event.promptTokens,
            readTokens: event.promptTokens,
            madeBy: { model: status.model?.id ?? '', quantization: status.model?.quantization ?? '' },
          };
          break;
        case 'text':
          onText(event.text, event.tokens);
          yield { type: 'text', text: event.text, tokens: event.tokens };
          break;
        case 'done':
          if (event.finishReason === 'cancelled') isStopped = true;
          else yield { type: 'done', finishReason: event.finishReason };
          break;
        case 'refused':
          return refusal(event, name);
        case 'interrupted':
          return wentAway(name);
        default:
          assertNever(event);
      }
    }
  } catch (error) {
    return hostFailure(error, name);
  }
  if (isStopped) throw new AppError('host-refused', `The person at ${name} stopped this answer.`);
  return null;
}

/** Answers with the GPU of a paired device: the least loaded one that is there, and the next when that one is not. */
export function makePeerEngine(options: PeerEngineOptions): PeerEngine {
  const listeners = new Set<() => void>();
  let isWanted = false;

  /** Resolves when a host is ready; rejects when none will be, or by the signal. */
  async function untilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (options.ready().length > 0) return;
      if (options.isHopeless()) {
        throw new AppError(
          'host-refused',
          'The other device has ended the pairing. Open Devices to pair again.',
        );
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          listeners.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        listeners.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** Calls back when this host has been away for a while and another one is ready. Returns what ends the watching. */
  function watchAway({ guest }: ReadyHost, other: () => boolean, onLeft: () => void): () => void {
    let isLate = false;
    let stopTimer: (() => void) | null = null;
    const look = (): void => {
      const { state } = guest;
      if (state.step === 'ready' && !state.isSuspended) {
        stopTimer?.();
        stopTimer = null;
        isLate = false;
      } else if (isLate) {
        if (other()) onLeft();
      } else {
        stopTimer ??= options.clock.after(patienceMs, () => {
          isLate = true;
          look();
        });
      }
    };
    listeners.add(look);
    look();
    return () => {
      listeners.delete(look);
      stopTimer?.();
    };
  }

  /** As `ask`, but gives the host up for another one when it stays away. */
  async function* askWhileThere(
    host: ReadyHost,
    body: RequestBody,
    signal: AbortSignal,
    { onText, other }: { onText(text: string, tokens: number): void; other(): boolean },
  ): AsyncGenerator<EngineEvent, AppError | null, undefined> {
    const left = new AbortController();
    const stopWatch = watchAway(host, other, () => left.abort());
    try {
      const ending = yield* ask(host, body, AbortSignal.any([signal, left.signal]), onText);
      if (ending !== null || !left.signal.aborted || signal.aborted) return ending;
      return wentAway(host.name);
    } finally {
      stopWatch();
    }
  }

  return {
    get loadedModel() {
      return isWanted && options.ready().length > 0 ? peerModelId : null;
    },
    async load(_, { signal }) {
      isWanted = true;
      await untilReady(signal);
    },
    async unload() {
      isWanted = false;
    },
    async *generate({ turns, prefix, sampling, condition = null, options: wishes = {} }, signal) {
      if (condition !== null || Object.keys(wishes).length > 0) {
        throw new AppError(
          'bad-input',
          'A borrowed GPU takes sampling settings only: no system message, condition, stop text or format.',
        );
      }
      const tried = new Set<ReadyHost['guest']>();
      const untried = (): ReadyHost | undefined => options.ready().find(({ guest }) => !tried.has(guest));
      let written = prefix;
      let tokens = 0;
      const onText = (text: string, count: number): void => {
        written += text;
        tokens += count;
      };
      // `load` has waited for a host; that it left meanwhile is a loss like any other.
      let failure = new AppError('host-lost', 'No paired device answers just now.');
      for (let host = untried(); host !== undefined; host = untried()) {
        tried.add(host.guest);
        const maxTokens = Math.max(1, sampling.maxTokens - tokens);
        const body = { model: null, turns, prefix: written, sampling: { ...sampling, maxTokens } };
        if (!isSendable(body)) {
          throw new AppError(
            'context-full',
            'This conversation is too long to be sent to another device. Start a new chat.',
          );
        }
        const ending = yield* askWhileThere(host, body, signal, {
          onText,
          other: () => untried() !== undefined,
        });
        if (ending === null) return;
        failure = ending;
      }
      throw failure;
    },
    devicesOpened: 0,
    async defaults() {
      return options.ready()[0]?.status.model?.sampling ?? fallbackSampling;
    },
    async missing() {
      return options.isPaired()
        ? null
        : 'No other device is paired. Open Devices to use the GPU of another one.';
    },
    notice() {
      for (const listener of listeners) listener();
    },
  };
}
