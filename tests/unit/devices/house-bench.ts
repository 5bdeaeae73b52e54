import { onTestFinished } from 'vitest';
import type { Link } from '../../../src/p2p/link/link.ts';
import { makeMemoryLink, type MemoryWire } from '../../../src/p2p/link/memory-link.ts';
import { routeOf } from '../../../src/p2p/link/route.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import type { Guest } from '../../../src/p2p/session/guest.ts';
import { makeHost, type HostOptions } from '../../../src/p2p/session/host.ts';
import type { HostModel, HostObstacle } from '../../../src/p2p/session/messages.ts';
import { encodePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import type { HostView } from '../../../src/shared/devices-state.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { openDeviceStore, type DeviceStore } from '../../../src/worker/devices/device-store.ts';
import { makeHosts, type Hosts } from '../../../src/worker/devices/hosts.ts';
import type { Ways } from '../../../src/worker/devices/host-connection.ts';
import { makePeerEngine, type PeerEngine } from '../../../src/worker/devices/peer-engine.ts';
import { openStore } from '../../../src/worker/store/store.ts';
import { makeFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { seededRandom } from '../../support/seeded.ts';
import { honestDtls, makeHostBench, pairWith, type HostBench } from '../p2p/harness.ts';
import { testName } from '../store/open-test-database.ts';
import { quiet } from './sharing-bench.ts';

/** A computer of the house, real but for its engine, and all links that were made to it. */
export interface Computer extends HostBench {
  name: string;
  route: string;
  /** False: Hearth is closed there. */
  isOpen: boolean;
  model: HostModel | null;
  obstacle: HostObstacle | null;
  wires: MemoryWire[];
  /** Its core dies, and the next one knows what was stored. */
  restart(): void;
}

/** How the network is just now. */
export interface Network {
  /** False: a computer without Hearth's server. */
  hasServer: boolean;
  isServerUp: boolean;
  isDirectPossible: boolean;
  /** What an attempt to connect directly waits for. */
  dialing: Promise<void> | null;
  /** Why not, in the gateway's words. */
  dialFault: 'signalling' | 'link';
  isRelayOnly: boolean;
  /** New links carry nothing until they are released. */
  isHeld: boolean;
  calls: number;
  dials: { route: string; ticket: unknown; signal: AbortSignal }[];
}

export interface House {
  clock: FakeClock;
  own: DeviceStore;
  hosts: Hosts;
  engine: PeerEngine;
  network: Network;
  /** Hosts that got through a pairing. */
  paired: number;
  add(name: string, more?: Partial<HostOptions>): Computer;
  /** A computer whose host this device is, ready. */
  pair(name: string): Promise<Computer>;
  /** The same device, started again. */
  restart(): Promise<void>;
  view(computer: Computer): HostView | undefined;
  /** Another guest of this computer, ready. */
  tablet(computer: Computer): Promise<Guest>;
}

const model: HostModel = {
  id: 'pocket',
  label: 'Pocket',
  quantization: 'q4f32_1',
  sampling: { temperature: 0, topP: 1, maxTokens: 1000, seed: null },
};

/** A phone with the guest side on a real store, and computers that it may use. */
export async function makeHouse(change: Partial<Network> = {}): Promise<House> {
  const clock = makeFakeClock(1_800_000_000_000);
  const store = openStore({ name: testName(), clock: systemClock, onState() {} });
  await store.open();
  const own = await openDeviceStore(store, 'Mozilla/5.0 (Linux; Android 16) Chrome/150.0');
  const computers: Computer[] = [];
  const network: Network = {
    hasServer: true,
    isServerUp: true,
    isDirectPossible: false,
    dialing: null,
    dialFault: 'link',
    isRelayOnly: false,
    isHeld: false,
    calls: 0,
    dials: [],
    ...change,
  };

  const link = (route: string | null, options: Parameters<typeof makeMemoryLink>[0]): Link | null => {
    const computer = computers.find(
      (each) => each.isOpen && (route === null ? each.host.pairing !== null : each.route === route),
    );
    if (computer === undefined) return null;
    const wire = makeMemoryLink(options);
    if (network.isHeld) wire.hold();
    computer.wires.push(wire);
    void computer.host.accept(wire.b);
    return wire.a;
  };
  const noLink = (message: string, cause?: unknown): AppError =>
    new AppError('link-failed', message, { cause });

  const ways: Ways = {
    get callRelay() {
      if (!network.hasServer) return null;
      return async (route: string | null) => {
        network.calls += 1;
        if (!network.isServerUp) throw noLink('The server cannot be reached.', 1006);
        const made = link(route, {});
        if (made === null) throw noLink('Nobody answers there.', 4404);
        return made;
      };
    },
    async dial(route, ticket, signal) {
      network.dials.push({ route, ticket, signal });
      await network.dialing;
      const made = network.isDirectPossible ? link(route, { fingerprints: honestDtls }) : null;
      if (made === null) throw noLink('No direct connection came about.', network.dialFault);
      return made;
    },
    isRelayOnly: () => network.isRelayOnly,
    ownRoute: routeOf(own.routeToken),
  };

  const start = (): Promise<Hosts> =>
    makeHosts({
      key: own.key,
      store: own.hosts,
      clock,
      introduction: () => ({ name: 'Phone', platform: 'Android' }),
      ways: () => ways,
      onChange: () => house.engine.notice(),
      onPaired: () => (house.paired += 1),
    });

  const house: Omit<House, 'hosts'> & { hosts: Hosts | null } = {
    clock,
    own,
    network,
    paired: 0,
    hosts: null,
    engine: makePeerEngine({
      clock,
      ready: () => house.hosts?.ready ?? [],
      isPaired: () => (house.hosts?.views ?? []).some(({ id }) => id !== 'pairing'),
      isHopeless: () => (house.hosts?.views ?? []).every(({ isOver }) => isOver),
    }),
    add(name, more = {}) {
      const route = routeOf(name);
      const bench = makeHostBench({
        key: makeDeviceKey(seededRandom(name)),
        clock,
        describe: () => ({ name, route, model: made.model, obstacle: made.obstacle }),
        ...more,
      });
      const made: Computer = Object.assign(bench, {
        name,
        route,
        clock,
        isOpen: true,
        model,
        obstacle: null,
        wires: [],
        restart() {
          for (const wire of made.wires) wire.cut();
          made.host.close();
          made.host = makeHost(made.options);
        },
      });
      computers.push(made);
      return made;
    },
    async pair(name) {
      const computer = house.add(name);
      house.hosts?.pair({ fragment: showLink(computer) });
      await quiet();
      return computer;
    },
    async restart() {
      house.hosts?.close();
      await quiet();
      house.hosts = await start();
      await quiet();
    },
    async tablet(computer) {
      const { phone } = await pairWith(computer, { name: 'Tablet' });
      await quiet();
      return phone.guest;
    },
    view: ({ options }) => house.hosts?.views.find(({ id }) => id === options.key.id),
  };
  house.hosts = await start();
  onTestFinished(async () => {
    house.hosts?.close();
    await quiet();
    await store.close();
  });
  return house as House;
}

/** Hearth is closed on this computer, or it lost its network: no link to it lives, and none is made. */
export async function goAway(computer: Computer): Promise<void> {
  computer.isOpen = false;
  for (const wire of computer.wires) wire.cut();
  await quiet();
}

/** The fragment of the link that this computer shows when it adds a device. */
export const showLink = ({ host, route }: Computer): string =>
  encodePairingOffer(host.openPairing(route).offer);

/** Time passes in small steps, and everything that becomes due in each happens. */
export async function pass(house: Pick<House, 'clock'>, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    house.clock.advance(Math.min(1_000, left));
    await quiet();
  }
}

/** As `pass`, until something is so; at most a minute. */
export async function passUntil(house: Pick<House, 'clock'>, isSo: () => boolean): Promise<void> {
  for (let seconds = 0; seconds < 60 && !isSo(); seconds += 1) await pass(house, 1_000);
}
