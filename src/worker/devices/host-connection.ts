import type { Link } from '../../p2p/link/link.ts';
import { makeTicket } from '../../p2p/session/admission.ts';
import { systemRandom } from '../../p2p/session/bytes.ts';
import type { DeviceKey } from '../../p2p/session/device-key.ts';
import { makeGuest, type Guest, type GuestState, type HostReference } from '../../p2p/session/guest.ts';
import { encodeTicket } from '../../p2p/session/ticket-wire.ts';
import type { HostView } from '../../shared/devices-state.ts';
import { assertNever } from '../../shared/errors.ts';
import type { PairingId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import {
  directFailure,
  handshakeFailure,
  needsServer,
  noRelay,
  relayFailure,
  standing,
  type Failure,
} from './connection-words.ts';
import type { HostStore } from './device-store.ts';
import { makeDirectAttempts } from './direct-attempts.ts';
import { makeRetry } from './retry.ts';

/** A session that stood so long was a good one. */
const steadyMs = 5_000;

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
  /** What the tab calls the pairing that this begins with. */
  pairingId: PairingId | null;
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
  let isClosed = false;
  /** When the session that there is began. */
  let since: number | null = null;
  const ended = new AbortController();

  const isPairing = (): boolean => guest.hostId === null;
  const isThere = (): boolean => state.step === 'ready' || state.step === 'approval';
  /** The links that there are seem dead: another one is made before they are given up. */
  const isSilent = (): boolean => state.step === 'ready' && state.isSuspended;
  const isOver = (): boolean => state.step === 'ended' || failure?.isOver === true;

  const retry = makeRetry(clock, () => void connect());
  const direct = makeDirectAttempts({
    clock,
    isWanted: () => !isClosed && !ways.isRelayOnly() && state.step === 'ready' && state.path === 'relay',
    attempt: () => goDirect(),
  });

  const guest = makeGuest({
    key,
    host: reference,
    store,
    clock,
    introduction: options.introduction,
    onState: (next) => onState(next),
  });

  function onState(next: GuestState): void {
    const wasSilent = isSilent();
    state = next;
    if (isThere()) since ??= clock.now();
    if (isThere() && !isSilent()) retry.cancel();
    if (isSilent() && !wasSilent) void connect();
    switch (next.step) {
      case 'ready':
        comparison = null;
        failure = null;
        void remember(next.status.name, next.status.route);
        if (next.path === 'relay') direct.follow();
        else direct.reset();
        break;
      case 'approval':
        ({ comparison } = next);
        failure = null;
        // The way back, should the link be lost while the person walks to the computer: a pairing is open only once.
        void remember(next.status.name, next.status.route);
        break;
      case 'away':
        // A lost link; how an attempt ended is for the attempt to say.
        onLost();
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

  function fail(next: Failure): void {
    if (isClosed) return;
    failure = next;
    options.onChange();
    if (!next.isOver) retry.backOff();
  }

  /** One that stood for a while is tried again at once; one that is lost as soon as it is made must not be for ever. */
  function onLost(): void {
    const isSteady = since !== null && clock.now() - since >= steadyMs;
    since = null;
    if (isSteady) retry.reset();
    if (isTrying || retry.isPlanned) return;
    if (isSteady) retry.soon();
    else retry.backOff();
  }

  /** From nothing to a session, by the relay where there is one. */
  async function connect(): Promise<void> {
    if (isTrying || isClosed || isOver() || (isThere() && !isSilent())) return;
    isTrying = true;
    stage = 'signalling';
    options.onChange();
    const outcome = ways.callRelay === null ? await connectDirect() : await connectRelay(ways.callRelay);
    isTrying = false;
    // A data channel that was under way may have made up for it.
    if (outcome !== null && !isThere()) fail(outcome);
    // It may have been lost again while the attempt was still under way.
    else if (state.step === 'away' || isSilent()) retry.backOff();
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
    if (ways.isRelayOnly()) return noRelay;
    stage = 'link';
    try {
      return await attach(await dial());
    } catch (error) {
      return directFailure(error);
    }
  }

  async function attach(link: Link): Promise<Failure | null> {
    failure = null;
    const result = await guest.attach(link);
    // A link that is lost right after its handshake has paired the two.
    return result.ok ? null : handshakeFailure(result.fault, isPairing() ? reference.type : 'known');
  }

  /** A data channel, with the ticket that lets the host make one. */
  async function dial(): Promise<Link> {
    const record = guest.hostId && (await store.get(guest.hostId));
    const secret = record ? record.psks[0] : reference.type === 'offer' ? reference.offer.secret : undefined;
    if (secret === undefined || route === null) throw needsServer();
    const routes = { guestRoute: ways.ownRoute, hostRoute: route };
    const ticket = makeTicket(secret, routes, clock.now(), systemRandom);
    return ways.dial(route, encodeTicket({ ...ticket, device: record ? key.id : null }), ended.signal);
  }

  async function goDirect(): Promise<void> {
    const link = await dial();
    // Worth even more when the relay was lost meanwhile.
    if (isClosed || ways.isRelayOnly()) link.close();
    else await guest.attach(link);
  }

  void connect();
  return {
    guest,
    get view() {
      const status = state.step === 'ready' ? state.status : null;
      return {
        id: guest.hostId ?? ('pairing' as const),
        pairingId: options.pairingId,
        name,
        lastSeen,
        ...standing(state, failure, stage),
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
      retry.reset();
      retry.cancel();
      direct.hurry();
      guest.probe();
      void connect();
    },
    setWays(next) {
      ways = next;
      if (ways.isRelayOnly()) guest.leave('dtls');
    },
    close() {
      isClosed = true;
      retry.cancel();
      direct.stop();
      ended.abort();
      guest.close();
    },
  };
}
