import type { Link } from '../link/link.ts';
import type { Random } from './bytes.ts';
import { systemRandom } from './bytes.ts';
import type { Clock } from './clock.ts';
import { cleanName } from './clean-name.ts';
import type { BookEntry } from './device-book.ts';
import { makeDeviceBook } from './device-book.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { DeviceKey } from './device-key.ts';
import type { HandshakeFault } from './handshake.ts';
import type { Mode, Versions } from './handshake-wire.ts';
import { ourVersions } from './handshake-wire.ts';
import type { DoorOptions } from './host-door.ts';
import { admitGuest } from './host-door.ts';
import type { Approve, DeviceView, HostDevice } from './host-device.ts';
import { makeHostDevice } from './host-device.ts';
import type { GenerateFor } from './host-engine.ts';
import type { HourlyBudget } from './hourly-budget.ts';
import { makeHourlyBudget } from './hourly-budget.ts';
import type { DevicePolicy } from '../../shared/devices-state.ts';
import { HOST_HANDSHAKE_MS, MAX_HANDSHAKES, MAX_OPEN_REQUESTS } from './limits.ts';
import type { LinkHand } from './link-hand.ts';
import { takeLink } from './link-hand.ts';
import type { FromHost, HostModel, HostObstacle } from './messages.ts';
import type { PairingView } from './pairing-window.ts';
import { makePairingWindow } from './pairing-window.ts';
import type { TrustStore } from './trust-store.ts';

export interface HostOptions {
  key: DeviceKey;
  store: TrustStore;
  clock: Clock;
  generate: GenerateFor;
  /** Asks the host's person. Its rejection counts as `deny`. */
  approve: Approve;
  /** What guests see of this device: its name, the model that is ready or why there is none, and where it is found. */
  describe(): { name: string; model: HostModel | null; obstacle: HostObstacle | null; route: string };
  random?: Random;
  versions?: Versions;
  /** Paused from the start. */
  isPaused?: boolean;
  onPairing?(view: PairingView | null): void;
  /** Something in `devices` changed. */
  onChange?(): void;
  /** Somebody tried to get in and failed: the person may be told that somebody may be interfering. */
  onFault?(fault: HandshakeFault, mode: Mode): void;
  /** A device was let in for always, but the store did not take it: after a restart it is a stranger. */
  onUnsaved?(name: string): void;
}

/** The host's side: who may come in, and what each device may ask for. */
export interface Host {
  /** Takes a new link over, whoever is at its other end. Resolves when the handshake is over, well or not. */
  accept(link: Link): Promise<void>;
  /** Offers a pairing at this route; an offer before is void. */
  openPairing(routeId: string): PairingView;
  closePairing(): void;
  readonly pairing: PairingView | null;
  readonly devices: DeviceView[];
  /** The secrets that the device's next handshake may use; null for a device that is not known. */
  secretsOf(id: DeviceId): Promise<Uint8Array[] | null>;
  /** Nothing new is begun for anybody; what runs goes on, what waits goes on waiting. */
  pause(isPaused: boolean): void;
  /**
   * Before `close`, for as long as what runs may go on: nothing begins any more, and nobody is refused for it. Guests
   * ask the next life of this host for what waits.
   */
  hold(): void;
  /** Cancels what runs and waits, for all devices. */
  stopNow(): void;
  setPolicy(id: DeviceId, policy: DevicePolicy): Promise<void>;
  rename(id: DeviceId, name: string): Promise<void>;
  /** Ends the device's links and requests at once, and forgets its secrets. */
  revoke(id: DeviceId): Promise<void>;
  revokeAll(): Promise<void>;
  /** `describe` changed: tells all guests. */
  announce(): void;
  close(): void;
}

export function makeHost(options: HostOptions): Host {
  const { key, clock, store } = options;
  const random = options.random ?? systemRandom;
  const book = makeDeviceBook(store);
  const window = makePairingWindow(clock, random, (view) => options.onPairing?.(view));
  const devices = new Map<DeviceId, HostDevice>();
  /** Of every device that was here, revoked ones too: a new pairing is no new hour. */
  const budgets = new Map<DeviceId, HourlyBudget>();
  const handshakes = new Set<LinkHand>();
  let isPaused = options.isPaused ?? false;
  let isHeld = false;
  let isClosed = false;

  const sum = (of: (device: HostDevice) => number) =>
    [...devices.values()].reduce((total, device) => total + of(device), 0);
  const openRequests = () => sum((device) => device.running + device.waiting);

  const status = (device: HostDevice): FromHost => {
    const { name, model, obstacle, route } = options.describe();
    return {
      type: 'status',
      name: cleanName(name, 'Hearth'),
      isApproved: device.isApproved,
      isPaused: isPaused || device.entry.record.policy.isPaused,
      model,
      ...(obstacle === null ? {} : { obstacle }),
      route,
      // How busy the host is concerns only those it serves.
      running: device.isApproved ? sum((other) => other.running) : 0,
      waiting: device.isApproved ? sum((other) => other.waiting) : 0,
    };
  };

  const announce = () => {
    for (const device of devices.values()) device.tell(status(device));
    options.onChange?.();
  };

  const drop = (id: DeviceId, reason: 'revoked' | 'denied' | 'stopped') => {
    const device = devices.get(id);
    devices.delete(id);
    device?.end(reason);
    announce();
  };

  const door: DoorOptions = {
    key,
    random,
    clock,
    versions: options.versions ?? ourVersions,
    book,
    window,
    onFault: (fault, mode) => options.onFault?.(fault, mode),
  };

  const deviceFor = (entry: BookEntry): HostDevice => {
    const { id } = entry.record;
    const known = devices.get(id);
    if (known !== undefined) {
      known.setEntry(entry);
      return known;
    }
    const budget = budgets.get(id) ?? makeHourlyBudget(clock);
    budgets.set(id, budget);
    const device = makeHostDevice(entry, {
      clock,
      book,
      budget,
      async otherNames() {
        const stored = await store.list();
        const live = [...devices.values()].map((other) => other.entry.record);
        return [...stored, ...live].filter((record) => record.id !== id).map((record) => record.name);
      },
      generate: options.generate,
      approve: options.approve,
      isHostPaused: () => isPaused,
      isHeld: () => isHeld,
      hasRoom: () => openRequests() < MAX_OPEN_REQUESTS,
      status: () => status(device),
      onChange: announce,
      // Whether the store forgets it too or not: it is out.
      onDenied: () => void expel(id, 'denied').catch(() => {}),
      onUnsaved: () => options.onUnsaved?.(device.entry.record.name),
    });
    devices.set(id, device);
    return device;
  };

  const expel = async (id: DeviceId, reason: 'revoked' | 'denied') => {
    drop(id, reason);
    try {
      await book.remove(id);
    } finally {
      // A handshake that ended just before the removal has brought it back.
      drop(id, reason);
    }
  };
  const revoke = (id: DeviceId) => expel(id, 'revoked');
  const revokeStored = async () => {
    const stored = await store.list();
    await Promise.all(stored.map(({ id }) => revoke(id)));
  };

  return {
    async accept(link) {
      if (isClosed) {
        link.close();
        return;
      }
      const hand = takeLink(link, clock, HOST_HANDSHAKE_MS);
      // Silent strangers make way for the next, so they cannot keep others out.
      const [oldest] = handshakes;
      if (handshakes.size >= MAX_HANDSHAKES) oldest?.close();
      handshakes.add(hand);
      try {
        const admitted = await admitGuest(hand, link.fingerprints, door);
        if (admitted === null) return;
        if (isClosed) hand.close();
        else deviceFor(admitted.entry).attach(link, hand, admitted.established);
      } catch {
        // The store failed: without it nobody can be told from anybody.
        hand.close();
      } finally {
        handshakes.delete(hand);
      }
    },
    openPairing: (routeId) => window.open(routeId, key.publicKey),
    closePairing: () => window.close(),
    get pairing() {
      return window.view;
    },
    get devices() {
      return [...devices.values()].map((device) => device.view);
    },
    async secretsOf(id) {
      return (await book.get(id))?.record.psks ?? null;
    },
    pause(paused) {
      isPaused = paused;
      for (const device of devices.values()) device.followPause();
      announce();
    },
    hold() {
      isHeld = true;
      for (const device of devices.values()) device.followPause();
    },
    stopNow() {
      for (const device of devices.values()) device.cancelAll();
    },
    async setPolicy(id, policy) {
      const entry = await book.change(id, (old) => ({ ...old, record: { ...old.record, policy } }));
      if (entry !== null) devices.get(id)?.setEntry(entry);
      announce();
    },
    async rename(id, name) {
      const entry = await book.change(id, (old) => ({
        ...old,
        record: { ...old.record, name: cleanName(name, old.record.name) },
      }));
      if (entry !== null) devices.get(id)?.setEntry(entry);
      announce();
    },
    revoke,
    async revokeAll() {
      // Those that are here first, and whatever the store says.
      await Promise.all([...[...devices.keys()].map(revoke), revokeStored()]);
    },
    announce,
    close() {
      isClosed = true;
      window.close();
      for (const id of devices.keys()) drop(id, 'stopped');
    },
  };
}
