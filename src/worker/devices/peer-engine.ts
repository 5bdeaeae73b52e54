import type { GuestEvent } from '../../p2p/session/guest-request.ts';
import { AppError, assertNever } from '../../shared/errors.ts';
import type { Engine, EngineEvent, GenerateRequest, Sampling } from '../engines/engine.ts';
import type { ReadyHost } from './hosts.ts';

/** What the model is called that stands for all paired devices. */
export const peerModelId = 'peer';

/** For the moment before a host has said how it samples; it is asked with its own values as soon as it has. */
const fallbackSampling: Sampling = { temperature: 0.7, topP: 0.95, maxTokens: 1024, seed: null };

export interface PeerEngineOptions {
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

type Refused = Extract<GuestEvent, { type: 'refused' }>;

function refusal({ reason, retryAfter }: Refused, host: string): AppError {
  const minutes = retryAfter === null ? null : Math.max(1, Math.ceil(retryAfter / 60));
  switch (reason) {
    case 'paused':
      return new AppError(
        'host-refused',
        `${host} has paused sharing. Try again when its person resumes it.`,
      );
    case 'device-full':
      return new AppError(
        'host-refused',
        `This device already has as many requests at ${host} as it may have.`,
      );
    case 'host-full':
      return new AppError('host-refused', `${host} has too many requests waiting. Try again in a moment.`);
    case 'hourly-limit':
      return new AppError(
        'host-refused',
        `This device has used up what ${host} allows it in an hour${minutes === null ? '' : `. Try again in ${minutes} min`}.`,
      );
    case 'prompt-too-long':
      return new AppError(
        'host-refused',
        `This conversation is longer than ${host} allows. Start a new chat.`,
      );
    case 'not-approved':
      return new AppError('host-refused', `${host} has not allowed this device yet.`);
    case 'bad-request':
      return new AppError('host-refused', `${host} could not read this request. Reload both devices.`);
    case 'unknown-request':
      return new AppError('host-lost', `${host} was restarted. The answer goes on from here.`);
    default:
      return assertNever(reason);
  }
}

/** Refusals that another host, with room, would not give. */
const isElsewherePossible = ({ reason }: Refused): boolean =>
  reason === 'paused' || reason === 'device-full' || reason === 'host-full' || reason === 'hourly-limit';

/** Answers with the GPU of a paired device: the least loaded one that is there. */
export function makePeerEngine(options: PeerEngineOptions): PeerEngine {
  const waiting = new Set<() => void>();
  let isWanted = false;

  /** Resolves with the best host; rejects only by the signal. */
  async function untilReady(signal: AbortSignal, except: ReadonlySet<string>): Promise<ReadyHost> {
    for (;;) {
      signal.throwIfAborted();
      const host = options.ready().find(({ guest }) => !except.has(guest.hostId ?? ''));
      if (host) return host;
      if (options.isHopeless()) {
        throw new AppError(
          'host-refused',
          'The other device has ended the pairing. Open Devices to pair again.',
        );
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** One attempt at one host. Returns its refusal if another may do it instead; throws otherwise. */
  async function* ask(
    host: ReadyHost,
    { turns, prefix, sampling }: GenerateRequest,
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, Refused | null, undefined> {
    const { name, status, guest } = host;
    const body = { model: null, turns, prefix, sampling };
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
          yield { type: 'text', text: event.text, tokens: event.tokens };
          break;
        case 'done':
          if (event.finishReason === 'cancelled') {
            throw new AppError('host-refused', `The person at ${name} stopped this answer.`);
          }
          yield { type: 'done', finishReason: event.finishReason };
          return null;
        case 'refused':
          if (isElsewherePossible(event)) return event;
          throw refusal(event, name);
        case 'interrupted':
          throw new AppError('host-lost', `${name} went away. The answer can be continued.`);
        default:
          assertNever(event);
      }
    }
    return null;
  }

  return {
    get loadedModel() {
      return isWanted && options.ready().length > 0 ? peerModelId : null;
    },
    async load(_, { signal }) {
      isWanted = true;
      await untilReady(signal, new Set());
    },
    async unload() {
      isWanted = false;
    },
    async *generate(request, signal) {
      const refusedBy = new Set<string>();
      for (;;) {
        const host = options.ready().find(({ guest }) => !refusedBy.has(guest.hostId ?? ''));
        // `load` has waited for one; that it left meanwhile is a loss like any other.
        if (!host) throw new AppError('host-lost', 'No paired device answers just now.');
        const refused = yield* ask(host, request, signal);
        if (refused === null) return;
        refusedBy.add(host.guest.hostId ?? '');
        const others = options.ready().some(({ guest }) => !refusedBy.has(guest.hostId ?? ''));
        if (!others) throw refusal(refused, host.name);
      }
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
      for (const wake of waiting) wake();
    },
  };
}
