import type { Link } from '../../p2p/link/link.ts';
import type { RelayHost } from '../../p2p/link/relay-link.ts';
import { makeAdmission } from '../../p2p/session/admission.ts';
import { cleanName } from '../../p2p/session/clean-name.ts';
import type { DeviceKey } from '../../p2p/session/device-key.ts';
import { makeHost, type HostOptions } from '../../p2p/session/host.ts';
import { defaultPolicy } from '../../p2p/session/limits.ts';
import { encodePairingOffer } from '../../p2p/session/pairing-offer.ts';
import { decodeTicket } from '../../p2p/session/ticket-wire.ts';
import type { TrustStore } from '../../p2p/session/trust-store.ts';
import type { Approval, DevicePolicy, GuestView, SharingState } from '../../shared/devices-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import { makeApprovals } from './approvals.ts';
import { checkPolicy } from './device-policy.ts';
import { makePace } from './pace.ts';

/** Between two words about a change: a device may make changes faster than anybody reads. */
const pictureMs = 100;
/** While a device is answered, its tokens are counted anew after so long. */
const countMs = 1_000;

export type Reach = SharingState['reach'];

export interface SharingOptions extends Pick<HostOptions, 'generate' | 'describe'> {
  key: DeviceKey;
  /** The devices that may use this one's GPU. */
  store: TrustStore;
  clock: Clock;
  /** Where this device is found while it listens. */
  route: string;
  /** Registers at the relay; null where there is none. */
  openRelay(onLink: (link: Link) => void, onState: (state: Reach) => void): RelayHost | null;
  /** Whether data channels may be offered to this device. */
  listen(isListening: boolean): void;
  /** Why this device has nothing to share; null when it has. */
  obstacle(): string | null;
  /** As an earlier start left it. */
  isPaused: boolean;
  keepPaused(isPaused: boolean): Promise<void>;
  /** A pairing is opened: where this device is found is about to be shown. */
  onOffer(): void;
  onChange(): void;
}

/** The host side: this device's GPU for others, and its person's word on who may use it. */
export interface Sharing {
  readonly state: SharingState;
  /** Whether an offer of a data channel may go on, before anything is made for it. */
  admit(from: string, ticket: unknown): Promise<boolean>;
  accept(link: Link): void;
  openPairing(): void;
  closePairing(): void;
  decideApproval(id: DeviceId, approval: Approval): void;
  dismissWarning(): void;
  /** Holds at once, and is kept. Never rejects: what a full disk did not take stands in the warning. */
  pause(isPaused: boolean): Promise<void>;
  /** Begins nothing any more; what runs goes on until `close`. */
  hold(): void;
  stopNow(): void;
  rename(id: DeviceId, name: string): Promise<void>;
  setPolicy(id: DeviceId, policy: DevicePolicy): Promise<void>;
  revoke(id: DeviceId): Promise<void>;
  revokeAll(): Promise<void>;
  /** What this device can do has changed: its name, its model. */
  announce(): void;
  /** The server came or went: registers there anew. */
  reconnect(): void;
  /** The network or the page is back: tries now what waits for its next attempt. */
  retryNow(): void;
  close(): void;
}

/** Rejects when the store cannot be read. */
export async function makeSharing(options: SharingOptions): Promise<Sharing> {
  const { key, store, clock } = options;
  const approvals = makeApprovals(clock, () => changed());
  const isAuthentic = makeAdmission(clock);
  let stored = await store.list();
  let { isPaused } = options;
  let warning: string | null = null;
  let relay: RelayHost | null = null;
  let reach: Reach = 'off';
  let stopCount: (() => void) | null = null;
  let isClosed = false;
  const pace = makePace(clock, pictureMs, () => void picture());

  const host = makeHost({
    key,
    store,
    clock,
    generate: options.generate,
    describe: options.describe,
    isPaused,
    approve: (request, signal) => approvals.ask(request, signal),
    onPairing: () => changed(),
    onChange: () => changed(),
    onFault(fault, mode) {
      if (fault === 'version') return;
      warning =
        mode === 'psk'
          ? 'A device that says it is paired could not prove it. It was refused.'
          : 'Somebody tried to pair and had a wrong code or link. They were refused.';
      changed();
    },
    onUnsaved(name) {
      warning = `“${name}” could not be saved. It is let in until Hearth closes, and must be added again then.`;
      changed();
    },
  });

  /** Findable only while somebody may come. */
  function follow(): void {
    const isWanted = stored.length > 0 || host.devices.length > 0 || host.pairing !== null;
    options.listen(isWanted);
    if (isWanted && relay === null) {
      reach = 'offline';
      relay = options.openRelay(
        (link) => void host.accept(link),
        (state) => {
          reach = state;
          pace.touch();
        },
      );
    } else if (!isWanted) {
      relay?.close();
      relay = null;
      reach = 'off';
    }
    relay?.setPairing(host.pairing !== null);
  }

  function changed(): void {
    if (isClosed) return;
    follow();
    pace.touch();
  }

  async function picture(): Promise<void> {
    try {
      stored = await store.list();
    } catch {
      // The list of a moment ago stays.
    }
    if (isClosed) return;
    follow();
    options.onChange();
    if (!host.devices.some(({ running }) => running > 0)) return;
    stopCount ??= clock.after(countMs, () => {
      stopCount = null;
      pace.touch();
    });
  }

  /** The store may have changed even when this rejects. */
  async function commit(work: Promise<void>): Promise<void> {
    try {
      await work;
    } finally {
      await picture();
    }
  }

  const guests = (): GuestView[] => {
    const live = new Map(host.devices.map((device) => [device.id, device]));
    const known = new Map(stored.map((record) => [record.id, record]));
    return [...new Set([...known.keys(), ...live.keys()])].map((id) => {
      const device = live.get(id);
      const record = device?.record ?? known.get(id);
      return {
        id,
        name: record?.name ?? '',
        platform: record?.platform ?? '',
        lastSeen: record?.lastSeen ?? 0,
        isApproved: device?.isApproved ?? true,
        paths: device?.paths ?? [],
        running: device?.running ?? 0,
        waiting: device?.waiting ?? 0,
        tokensLastHour: device?.tokensLastHour ?? 0,
        policy: { ...(record?.policy ?? defaultPolicy) },
      };
    });
  };

  const known = async (id: DeviceId): Promise<void> => {
    const isKnown = host.devices.some((device) => device.id === id) || (await store.get(id)) !== null;
    if (!isKnown) throw new AppError('not-found', 'This device is not paired any more.');
  };

  follow();
  return {
    get state() {
      const { pairing } = host;
      return {
        obstacle: options.obstacle(),
        isPaused,
        reach,
        pairing: pairing && {
          fragment: encodePairingOffer(pairing.offer),
          code: pairing.code,
          expiresAt: pairing.expiresAt,
        },
        approvals: approvals.views,
        guests: guests(),
        warning,
      };
    },
    async admit(from, value) {
      const ticket = decodeTicket(value);
      if (ticket === null) return false;
      const { device } = ticket;
      const known = device === null ? [host.pairing?.offer.secret] : ((await host.secretsOf(device)) ?? []);
      const secrets = known.filter((secret) => secret !== undefined);
      const routes = { guestRoute: from, hostRoute: options.route };
      return isAuthentic(ticket, routes, { device, secrets });
    },
    accept: (link) => void host.accept(link),
    openPairing() {
      const obstacle = options.obstacle();
      if (obstacle !== null) throw new AppError('no-gpu', obstacle);
      host.openPairing(options.route);
      options.onOffer();
    },
    closePairing: () => host.closePairing(),
    decideApproval: (id, approval) => approvals.decide(id, approval),
    dismissWarning() {
      warning = null;
      changed();
    },
    async pause(paused) {
      isPaused = paused;
      host.pause(paused);
      await options.keepPaused(paused).catch(() => {
        warning = paused
          ? 'Sharing is paused, but this could not be saved: it goes on when Hearth is opened anew.'
          : 'Sharing goes on, but this could not be saved: it is paused again when Hearth is opened anew.';
        changed();
      });
    },
    hold: () => host.hold(),
    stopNow: () => host.stopNow(),
    async rename(id, name) {
      const cleaned = cleanName(name, '');
      if (cleaned === '') throw new AppError('bad-input', 'A name needs at least one character.');
      await known(id);
      await commit(host.rename(id, cleaned));
    },
    async setPolicy(id, policy) {
      const checked = checkPolicy(policy);
      await known(id);
      await commit(host.setPolicy(id, checked));
    },
    revoke: (id) => commit(host.revoke(id)),
    revokeAll: () => commit(host.revokeAll()),
    announce: () => host.announce(),
    reconnect() {
      relay?.close();
      relay = null;
      follow();
    },
    retryNow: () => relay?.retryNow(),
    close() {
      isClosed = true;
      pace.stop();
      stopCount?.();
      relay?.close();
      host.close();
    },
  };
}
