import { expect, onTestFinished } from 'vitest';
import type { Link } from '../../../src/p2p/link/link.ts';
import { makeMemoryLink, type MemoryWire } from '../../../src/p2p/link/memory-link.ts';
import { routeOf } from '../../../src/p2p/link/route.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import type { Approval, GuestView } from '../../../src/shared/devices-state.ts';
import type { DeviceId } from '../../../src/shared/ids.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { openDeviceStore } from '../../../src/worker/devices/device-store.ts';
import { makeSharing, type Reach, type Sharing } from '../../../src/worker/devices/sharing.ts';
import { openStore, type Store } from '../../../src/worker/store/store.ts';
import { makeFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { makeGuestBench, makeScriptedEngine, type GuestBench, type ScriptedEngine } from '../p2p/harness.ts';
import { testName } from '../store/open-test-database.ts';

/** Everything that is due without time passing has happened, in the database too: its steps are a few turns each. */
export async function quiet(): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** The relay as the host side sees it. */
interface FakeRelay {
  /** Registrations so far, and whether the last one still stands. */
  opened: number;
  isOpen: boolean;
  isPairing: boolean;
  retries: number;
  onLink(link: Link): void;
  onState(state: Reach): void;
}

export interface ShareBench {
  readonly clock: FakeClock;
  readonly engine: ScriptedEngine;
  readonly relay: FakeRelay;
  readonly store: Store;
  readonly route: string;
  readonly sharing: Sharing;
  /** Which devices asked the engine, in order. */
  readonly askedFor: { id: DeviceId; name: string }[];
  /** Words to the tabs so far. */
  published: number;
  isListening: boolean;
  obstacle: string | null;
}

/** A laptop: the host side on a real store. The same `database` again is the same laptop, restarted. */
export async function makeShareBench(
  options: { database?: string; clock?: FakeClock } = {},
): Promise<ShareBench & { database: string }> {
  const database = options.database ?? testName();
  const clock = options.clock ?? makeFakeClock(1_800_000_000_000);
  const store = openStore({ name: database, clock: systemClock, onState() {} });
  await store.open();
  const own = await openDeviceStore(store, 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0');
  const engine = makeScriptedEngine();
  const route = routeOf(own.routeToken);
  const bench = {
    database,
    clock,
    engine,
    store,
    route,
    relay: { opened: 0, isOpen: false, isPairing: false, retries: 0, onLink() {}, onState() {} } as FakeRelay,
    askedFor: [] as ShareBench['askedFor'],
    published: 0,
    isListening: false,
    obstacle: null as string | null,
  };
  const sharing = await makeSharing({
    key: own.key,
    store: own.guests,
    clock,
    route,
    generate(body, signal, device) {
      bench.askedFor.push({ ...device });
      return engine.generate(body, signal, device);
    },
    describe: () => ({ name: own.name, model: null, obstacle: null, route }),
    openRelay(onLink, onState) {
      Object.assign(bench.relay, { onLink, onState, isOpen: true, isPairing: false });
      bench.relay.opened += 1;
      // As the real one: it says so before it returns.
      onState('connecting');
      return {
        setPairing: (isOpen) => (bench.relay.isPairing = isOpen),
        retryNow: () => (bench.relay.retries += 1),
        close: () => (bench.relay.isOpen = false),
      };
    },
    listen: (isListening) => (bench.isListening = isListening),
    obstacle: () => bench.obstacle,
    isPaused: own.isSharingPaused,
    onOffer() {},
    keepPaused: (isPaused) => own.setSharingPaused(isPaused),
    onChange: () => (bench.published += 1),
  });
  onTestFinished(async () => {
    sharing.close();
    await quiet();
    await store.close();
  });
  return Object.assign(bench, { sharing });
}

/** A new link from this guest to the host, over the relay. */
export async function call(bench: ShareBench, phone: GuestBench): Promise<MemoryWire> {
  if (!bench.relay.isOpen) throw new Error('The host is not at the relay.');
  const wire = makeMemoryLink();
  bench.relay.onLink(wire.b);
  void phone.guest.attach(wire.a);
  await quiet();
  return wire;
}

/** A guest that follows the link which the host shows now, up to the question to the host's person. */
export async function askToPair(
  bench: ShareBench,
  name = 'Phone',
): Promise<GuestBench & { wire: MemoryWire }> {
  bench.sharing.openPairing();
  const offer = parsePairingOffer(bench.sharing.state.pairing?.fragment ?? '');
  if (offer === null) throw new Error('The host offers no pairing.');
  const phone = makeGuestBench(bench, { type: 'offer', offer }, { name });
  const wire = await call(bench, phone);
  expect(phone.guest.state.step).toBe('approval');
  return Object.assign(phone, { wire });
}

export async function decide(bench: ShareBench, approval: Approval): Promise<void> {
  const [question] = bench.sharing.state.approvals;
  if (question === undefined) throw new Error('Nobody asks to come in.');
  bench.sharing.decideApproval(question.id, approval);
  await quiet();
}

/** What the host's person sees of the first guest. */
export function guestOf(bench: ShareBench): GuestView {
  const [guest] = bench.sharing.state.guests;
  if (guest === undefined) throw new Error('There is no guest.');
  return guest;
}

/** A guest that was paired by its link and let in. */
export async function letIn(bench: ShareBench, name = 'Phone', approval: Approval = 'always') {
  const phone = await askToPair(bench, name);
  await decide(bench, approval);
  expect(phone.guest.state.step).toBe('ready');
  return phone;
}

/** The same device in a later life of it, or with what somebody copied of it. */
export const again = (bench: ShareBench, phone: GuestBench, store = phone.store): GuestBench => {
  const { hostId } = phone.guest;
  if (hostId === null) throw new Error('This guest never met its host.');
  return makeGuestBench(bench, { type: 'known', id: hostId }, { key: phone.options.key, store });
};
