import { bytesToHex } from '@noble/hashes/utils.js';
import type { Link } from '../link/link.ts';
import type { Random } from './bytes.ts';
import { systemRandom } from './bytes.ts';
import type { Channel, ChannelEnd, Heard } from './channel.ts';
import { openChannel } from './channel.ts';
import { cleanName } from './clean-name.ts';
import type { Clock } from './clock.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { DeviceKey } from './device-key.ts';
import type { DoorFault } from './guest-door.ts';
import { enterHost } from './guest-door.ts';
import type { GuestCredential } from './guest-handshake.ts';
import type { GuestEvent, GuestRequest } from './guest-request.ts';
import { makeGuestRequest } from './guest-request.ts';
import type { Established } from './handshake.ts';
import type { Versions } from './handshake-wire.ts';
import { ourVersions } from './handshake-wire.ts';
import { defaultPolicy, GUEST_HANDSHAKE_MS, MAX_KEPT_REQUESTS, MAX_MESSAGE_BYTES } from './limits.ts';
import { takeLink, type LinkHand } from './link-hand.ts';
import type { FromGuest, FromHost, RequestBody, RequestId } from './messages.ts';
import type { PairingOffer } from './pairing-offer.ts';
import type { TrustStore } from './trust-store.ts';

/** How this device will know its host at the first handshake; later ones use the secret made then. */
export type HostReference =
  | { type: 'known'; id: DeviceId }
  | { type: 'offer'; offer: PairingOffer }
  | { type: 'code'; code: string };

export type HostStatus = Omit<Extract<FromHost, { type: 'status' }>, 'type'>;

export type GuestState =
  /** No link; `fault` says why the last one did not become a session. */
  | { step: 'away'; fault: DoorFault | null }
  | { step: 'handshake' }
  /** The host's person is asked; both screens show `comparison`. */
  | { step: 'approval'; comparison: string; status: HostStatus }
  /** `isSuspended`: the host has not answered for a while; its link may come back. */
  | { step: 'ready'; path: 'dtls' | 'relay'; status: HostStatus; isSuspended: boolean }
  | { step: 'ended'; reason: 'denied' | 'revoked' | 'closed' };

export interface GuestOptions {
  key: DeviceKey;
  host: HostReference;
  store: TrustStore;
  clock: Clock;
  introduction: { name: string; platform: string };
  random?: Random;
  versions?: Versions;
  onState?(state: GuestState): void;
}

/** The guest's side of a session with one host. It outlives its links: requests wait for the next one. */
export interface Guest {
  readonly state: GuestState;
  /** Known after the first handshake. */
  readonly hostId: DeviceId | null;
  /** Takes a new link over. Resolves when it carries the session, or with what is wrong. */
  attach(link: Link): Promise<{ ok: true } | { ok: false; fault: DoorFault }>;
  /** There is reason to doubt the links: after a sleep, in another network. Whichever does not answer soon is suspended. */
  probe(): void;
  /** Closes the links of one kind; what they carried goes on over the others. */
  leave(path: 'dtls' | 'relay'): void;
  newRequestId(): RequestId;
  request(
    body: RequestBody,
    options: { signal: AbortSignal; id?: RequestId },
  ): AsyncGenerator<GuestEvent, void, undefined>;
  close(): void;
}

type GuestChannel = Channel<FromGuest>;

export function makeGuest(options: GuestOptions): Guest {
  const { key, store, clock } = options;
  const random = options.random ?? systemRandom;
  const versions = options.versions ?? ourVersions;
  /** Oldest first. */
  const channels: GuestChannel[] = [];
  const suspended = new Set<GuestChannel>();
  /** The newest word of each: a link that is not in use may know of a change that the one in use, dead by now, never told. */
  const statuses = new WeakMap<GuestChannel, HostStatus>();
  const requests = new Map<RequestId, GuestRequest>();
  let hostId = options.host.type === 'known' ? options.host.id : null;
  let active: GuestChannel | null = null;
  let comparison = '';
  let status: HostStatus | null = null;
  let isSuspended = false;
  let ended: 'denied' | 'revoked' | 'closed' | null = null;
  let fault: DoorFault | null = null;
  let handshakes = 0;
  /** Leads the one that is under way. */
  let leading: LinkHand | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const readState = (): GuestState => {
    if (ended !== null) return { step: 'ended', reason: ended };
    if (active !== null && status?.isApproved === true) {
      return { step: 'ready', path: active.path, status, isSuspended };
    }
    if (active !== null && status !== null) return { step: 'approval', comparison, status };
    return active !== null || handshakes > 0 ? { step: 'handshake' } : { step: 'away', fault };
  };
  const tell = () => options.onState?.(readState());

  const bindAll = () => {
    if (active === null || status?.isApproved !== true) return;
    for (const request of requests.values()) request.bind(active);
  };

  /** One that answers before one that does not, the direct path before the relay, and of two alike the newer. */
  const choose = () => {
    const rank = (channel: GuestChannel) =>
      (suspended.has(channel) ? 0 : 2) + (channel.path === 'dtls' ? 1 : 0);
    const [best = null] = channels.toReversed().sort((a, b) => rank(b) - rank(a));
    isSuspended = best !== null && suspended.has(best);
    if (best === active) return;
    active = best;
    // A new link knows nothing yet: what the one before it said holds until then.
    status = (best && statuses.get(best)) ?? status;
    bindAll();
  };

  const end = (reason: 'denied' | 'revoked' | 'closed') => {
    if (ended !== null) return;
    ended = reason;
    leading?.close();
    for (const channel of channels.slice()) channel.close('leaving');
    for (const request of requests.values()) request.interrupt();
    requests.clear();
    tell();
  };

  const onClosed = (channel: GuestChannel, how: ChannelEnd) => {
    channels.splice(channels.indexOf(channel), 1);
    suspended.delete(channel);
    if (ended !== null) return;
    if (how.by === 'them' && (how.reason === 'denied' || how.reason === 'revoked')) {
      // What cannot be removed is refused at the next attempt; nothing depends on it here.
      if (hostId !== null) void store.remove(hostId).catch(() => {});
      end(how.reason);
      return;
    }
    choose();
    tell();
  };

  const onStatus = (channel: GuestChannel, next: HostStatus) => {
    const cleaned = { ...next, name: cleanName(next.name, 'Hearth') };
    statuses.set(channel, cleaned);
    if (channel !== active) return;
    const wasApproved = status?.isApproved === true;
    status = cleaned;
    if (!wasApproved) bindAll();
    tell();
  };

  const onMessage = (channel: GuestChannel, message: Heard<'guest'>) => {
    if (message.type === 'status') {
      onStatus(channel, message);
      return;
    }
    // A request that is over may still be on its way here.
    const isSound = requests.get(message.id)?.receive(message) ?? true;
    if (!isSound) channel.close('protocol');
  };

  const credentialNow = async (): Promise<GuestCredential | null> => {
    if (hostId === null && options.host.type === 'offer') return { mode: 'qr', ...options.host.offer };
    if (hostId === null && options.host.type === 'code') return { mode: 'code', code: options.host.code };
    const record = hostId && (await store.get(hostId));
    const [psk] = record?.psks ?? [];
    return record && psk ? { mode: 'psk', hostKey: record.publicKey, psk } : null;
  };

  const keep = async ({ peerId, peerKey, nextPsk, mode, comparison: digits }: Established) => {
    const old = await store.get(peerId);
    // Whoever forgets a host closes first: what is written after that would bring it back.
    if (ended !== null) return;
    // Both screens show those of the pairing: later handshakes have others, and the host asks but once.
    comparison = mode === 'psk' ? (old?.comparison ?? comparison) : digits;
    const now = clock.now();
    await store.put({
      id: peerId,
      publicKey: peerKey,
      name: old?.name ?? '',
      platform: old?.platform ?? '',
      firstSeen: old?.firstSeen ?? now,
      lastSeen: now,
      psks: [nextPsk],
      policy: old?.policy ?? defaultPolicy,
      comparison,
    });
  };

  const handshake = async (link: Link): Promise<{ ok: true } | { ok: false; fault: DoorFault }> => {
    const hand = takeLink(link, clock, GUEST_HANDSHAKE_MS);
    leading = hand;
    try {
      const credential = ended === null ? await credentialNow() : null;
      if (credential === null) {
        hand.close();
        return { ok: false, fault: 'unknown-device' };
      }
      const entered = await enterHost(hand, link.fingerprints, credential, { key, random, versions });
      if (!entered.ok) return entered;
      const { established } = entered;
      await keep(established);
      // The offer is used up from here on, even if this very link dies now.
      hostId = established.peerId;
      const early = hand.release();
      if (early === null) return { ok: false, fault: 'lost' };
      open(link, established, early);
      return { ok: true };
    } catch {
      hand.close();
      return { ok: false, fault: 'store' };
    } finally {
      leading = null;
    }
  };

  const open = (link: Link, keys: Established, early: Uint8Array[]) => {
    const channel = openChannel({
      role: 'guest',
      link,
      keys,
      clock,
      early,
      maxMessageBytes: () => MAX_MESSAGE_BYTES,
      onMessage: (message) => onMessage(channel, message),
      onRoom: () => {},
      onSuspended(next) {
        if (next) suspended.add(channel);
        else suspended.delete(channel);
        choose();
        tell();
      },
      onClosed: (how) => onClosed(channel, how),
    });
    channels.push(channel);
    channel.send({ type: 'introduce', ...options.introduction });
    channel.send({ type: 'kept' });
    // Before the first frame is read: what the host says at once is for the link in use.
    choose();
    channel.begin();
  };

  const newRequestId = () => bytesToHex(random(16)) as RequestId;

  return {
    get state() {
      return readState();
    },
    get hostId() {
      return hostId;
    },
    attach(link) {
      handshakes += 1;
      tell();
      // One after the other: each makes the secret that the next one needs.
      const result = turn
        .then(() => handshake(link))
        .then((outcome) => {
          handshakes -= 1;
          fault = outcome.ok ? null : outcome.fault;
          tell();
          return outcome;
        });
      turn = result;
      return result;
    },
    probe() {
      for (const channel of channels) channel.probe();
    },
    leave(path) {
      for (const channel of channels.filter((each) => each.path === path)) channel.close('leaving');
    },
    newRequestId,
    request(body, { signal, id = newRequestId() }) {
      const request = makeGuestRequest({
        id,
        body,
        clock,
        onOver: () => requests.delete(id),
      });
      if (ended !== null) {
        request.interrupt();
        return request.events(signal);
      }
      requests.set(id, request);
      // Cancelled ones wait here for the host's word; a host that never answers cannot make them pile up.
      const [oldest] = requests.keys();
      if (requests.size > MAX_KEPT_REQUESTS && oldest !== undefined) requests.get(oldest)?.interrupt();
      if (active !== null && status?.isApproved === true) request.bind(active);
      return request.events(signal);
    },
    close: () => end('closed'),
  };
}
