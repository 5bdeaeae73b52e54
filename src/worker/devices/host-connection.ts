import type { Link } from '../../p2p/link/link.ts';
import { makeTicket } from '../../p2p/session/admission.ts';
import { systemRandom } from '../../p2p/session/bytes.ts';
import type { DeviceKey } from '../../p2p/session/device-key.ts';
import { makeGuest, type Guest, type GuestState, type HostReference } from '../../p2p/session/guest.ts';
import { encodeTicket } from '../../p2p/session/ticket-wire.ts';
import type { HostView } from '../../shared/devices-state.ts';
import { asAppError, assertNever } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { handshakeFailure, relayFailure, type Failure } from './connection-words.ts';
import type { HostStore } from './device-store.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** While only the relay works, a data channel is tried again after these times, then each time after the last. */
const directRetriesMs = [10_000, 30_000, 60_000];

/** The ways to other devices. */
export interface Ways {
  /** Null where there is no server. */
  callRelay: ((route: string | null, signal: AbortSignal) => Promise<Link>) | null;
  dial(route: string, ticket: unknown, signal: AbortSignal): Promise<Link>;
  isRelayOnly(): boolean;
  /** This device's own route, which a ticket names. */
  ownRoute: string;
}

export interface HostConnectionOptions {
  reference: HostReference;
  /** What is known of the host; null route: whoever pairs at the server. */
  known: { name: string; route: string | null; lastSeen: number | null };
  key: DeviceKey;
  store: HostStore;
  clock: Clock;
  introduction: { name: string; platform: string };
  ways: Ways;
  onChange(): void;
}

/** One host: keeps a session with it as well as can be, and says how it stands. */
export interface HostConnection {
  readonly guest: Guest;
  readonly view: HostView;
  /** Tries now what waits for its next attempt. */
  retryNow(): void;
  /** Other ways are there now, or fewer. */
  setWays(ways: Ways): void;
  close(): void;
}

export function makeHostConnection(options: HostConnectionOptions): HostConnection {
  const { reference, key, store, clock } = options;
  let { ways } = options;
  let { name, route, lastSeen } = options.known;
  let state: GuestState = { step: 'away', fault: null };
  let comparison: string | null = null;
  /** Where the way to a session stands while there is none. */
  let stage: 'signalling' | 'link' = 'signalling';
  let failure: Failure | null = null;
  let isTrying = false;
  let isTryingDirect = false;
  let isClosed = false;
  let retryMs = firstRetryMs;
  let directRetries = 0;
  let stopRetry: (() => void) | null = null;
  let stopDirect: (() => void) | null = null;
  const ended = new AbortController();

  const isPairing = (): boolean => guest.hostId === null;
  const isOver = (): boolean => state.step === 'ended' || failure?.isOver === true;

  const guest = makeGuest({
    key,
    host: reference,
    store,
    clock,
    introduction: options.introduction,
    onState: (next) => onState(next),
  });

  function onState(next: GuestState): void {
    state = next;
    switch (next.step) {
      case 'ready':
        comparison = null;
        failure = null;
        retryMs = firstRetryMs;
        void remember(next.status.name, next.status.route);
        if (next.path === 'relay') directLater();
        else directRetries = 0;
        break;
      case 'approval':
        ({ comparison } = next);
        failure = null;
        break;
      case 'away':
        // A lost link; how an attempt ended is for the attempt to say.
        if (!isTrying) retryLater(0);
        break;
      case 'handshake':
      case 'ended':
        break;
      default:
        assertNever(next);
    }
    options.onChange();
  }

  /** Only while it changes: a status comes with every request of every device. */
  async function remember(nextName: string, nextRoute: string): Promise<void> {
    const isNews = nextName !== name || nextRoute !== route || lastSeen === null;
    name = nextName;
    route = nextRoute;
    lastSeen = clock.now();
    if (!isNews || guest.hostId === null) return;
    // What cannot be written now is written at the next status.
    await store.describe(guest.hostId, { name, route, lastSeen }).catch(() => (lastSeen = null));
  }

  function retryLater(ms: number): void {
    if (isClosed || isOver()) return;
    stopRetry?.();
    stopRetry = clock.after(ms, () => {
      stopRetry = null;
      void connect();
    });
  }

  function fail(next: Failure): void {
    failure = next;
    options.onChange();
    if (next.isOver) return;
    // Not all devices of a house at the same moment.
    retryLater(retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }

  /** From nothing to a session, by the relay where there is one. */
  async function connect(): Promise<void> {
    if (isTrying || isClosed || isOver() || state.step === 'ready' || state.step === 'approval') return;
    isTrying = true;
    stage = 'signalling';
    options.onChange();
    const outcome = ways.callRelay === null ? await connectDirect() : await connectRelay(ways.callRelay);
    isTrying = false;
    if (outcome !== null && !isClosed) fail(outcome);
    // It may have been lost again while the attempt was still under way.
    else if (state.step === 'away') retryLater(retryMs);
  }

  async function connectRelay(callRelay: NonNullable<Ways['callRelay']>): Promise<Failure | null> {
    let link: Link;
    try {
      link = await callRelay(route, ended.signal);
    } catch (error) {
      return relayFailure(error, isPairing());
    }
    return attach(link);
  }

  async function connectDirect(): Promise<Failure | null> {
    stage = 'link';
    try {
      return await attach(await dial());
    } catch (error) {
      const { message } = asAppError(error, 'link-failed', 'The connection failed.');
      return { step: 'link', message, isOver: false };
    }
  }

  async function attach(link: Link): Promise<Failure | null> {
    const wasPairing = isPairing();
    failure = null;
    const result = await guest.attach(link);
    return result.ok ? null : handshakeFailure(result.fault, wasPairing);
  }

  /** A data channel, with the ticket that lets the host make one. */
  async function dial(): Promise<Link> {
    const record = guest.hostId && (await store.get(guest.hostId));
    const secret = record ? record.psks[0] : reference.type === 'offer' ? reference.offer.secret : undefined;
    if (secret === undefined || route === null)
      throw new Error('There is no way to this host without the server.');
    const routes = { guestRoute: ways.ownRoute, hostRoute: route };
    const ticket = makeTicket(secret, routes, clock.now(), systemRandom);
    return ways.dial(route, encodeTicket({ ...ticket, device: record ? key.id : null }), ended.signal);
  }

  const needsDirect = (): boolean =>
    !isClosed && !ways.isRelayOnly() && state.step === 'ready' && state.path === 'relay';

  /** The session runs over the relay: the direct way is tried at once, then now and then. */
  function directLater(): void {
    if (stopDirect !== null || isTryingDirect || !needsDirect()) return;
    const ms = directRetries === 0 ? 0 : (directRetriesMs[directRetries - 1] ?? directRetriesMs.at(-1) ?? 0);
    directRetries += 1;
    stopDirect = clock.after(ms, () => {
      stopDirect = null;
      void goDirect();
    });
  }

  async function goDirect(): Promise<void> {
    if (isTryingDirect || !needsDirect()) return;
    isTryingDirect = true;
    try {
      const link = await dial();
      if (needsDirect()) await guest.attach(link);
      else link.close();
    } catch {
      // The relay goes on carrying the session.
    }
    isTryingDirect = false;
    directLater();
  }

  /** The session as the person sees it. */
  function standing(): Pick<HostView, 'step' | 'failure'> {
    if (failure !== null) return { step: failure.step, failure: failure.message };
    switch (state.step) {
      case 'away':
        return { step: stage, failure: null };
      case 'handshake':
      case 'approval':
        return { step: state.step, failure: null };
      case 'ended':
        return { step: 'approval', failure: endWords[state.reason] };
      case 'ready':
        if (state.status.isPaused) {
          return {
            step: 'engine',
            failure: 'Its person has paused sharing. It goes on when they resume it.',
          };
        }
        return { step: state.status.model === null ? 'engine' : 'ready', failure: null };
      default:
        return assertNever(state);
    }
  }

  void connect();
  return {
    guest,
    get view() {
      const status = state.step === 'ready' ? state.status : null;
      return {
        id: guest.hostId ?? ('pairing' as const),
        name,
        lastSeen,
        ...standing(),
        isOver: isOver(),
        comparison: state.step === 'approval' ? comparison : null,
        path: state.step === 'ready' ? state.path : null,
        isSuspended: state.step === 'ready' && state.isSuspended,
        isPaused: status?.isPaused ?? false,
        model: status?.model?.label ?? null,
        running: status?.running ?? 0,
        waiting: status?.waiting ?? 0,
      };
    },
    retryNow() {
      retryMs = firstRetryMs;
      directRetries = 0;
      stopDirect?.();
      stopDirect = null;
      stopRetry?.();
      stopRetry = null;
      directLater();
      void connect();
    },
    setWays(next) {
      ways = next;
      if (ways.isRelayOnly()) guest.leave('dtls');
    },
    close() {
      isClosed = true;
      stopRetry?.();
      stopDirect?.();
      ended.abort();
      guest.close();
    },
  };
}

const endWords = {
  denied: 'The computer’s person did not allow it.',
  revoked: 'The computer’s person has ended the pairing. Pair the two again to go on.',
  closed: 'The connection was closed.',
} as const;
