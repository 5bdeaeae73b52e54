import type { DeviceKey } from '../../p2p/session/device-key.ts';
import type { Guest, HostReference, HostStatus } from '../../p2p/session/guest.ts';
import { parsePairingOffer } from '../../p2p/session/pairing-offer.ts';
import type { HostView, PairingRequest } from '../../shared/devices-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import type { HostStore } from './device-store.ts';
import {
  makeHostConnection,
  type HostConnection,
  type HostConnectionOptions,
  type Ways,
} from './host-connection.ts';

export interface HostsOptions {
  key: DeviceKey;
  store: HostStore;
  clock: Clock;
  introduction(): { name: string; platform: string };
  ways(): Ways;
  onChange(): void;
  /** A host that was just paired is ready. */
  onPaired(): void;
}

/** A host that answers now. */
export interface ReadyHost {
  guest: Guest;
  name: string;
  status: HostStatus;
  isSuspended: boolean;
}

/** The guest side: the devices whose GPU this one may use. */
export interface Hosts {
  readonly views: HostView[];
  /** Least loaded first; of equals, those with a direct connection. Those that do not answer just now come last. */
  readonly ready: ReadyHost[];
  pair(offer: PairingRequest): void;
  forget(id: DeviceId | 'pairing'): Promise<void>;
  /** Tries now what waits for its next attempt. */
  reconnect(): void;
  /** The server came or went, or the person chose other ways. */
  followWays(): void;
  close(): void;
}

function referenceOf(offer: PairingRequest): {
  reference: HostReference;
  route: string | null;
} {
  if ('fragment' in offer) {
    const parsed = parsePairingOffer(offer.fragment);
    if (parsed === null) {
      throw new AppError('pairing-failed', 'This link is not complete. Scan or copy it once more.');
    }
    return { reference: { type: 'offer', offer: parsed }, route: parsed.routeId };
  }
  const code = offer.code.replaceAll(/[\s-]/g, '');
  if (!/^\d{8}$/.test(code)) throw new AppError('pairing-failed', 'The code has eight digits.');
  return { reference: { type: 'code', code }, route: null };
}

/** Rejects when the store cannot be read. */
export async function makeHosts(options: HostsOptions): Promise<Hosts> {
  const { key, store, clock } = options;
  const connections = new Map<DeviceId | 'pairing', HostConnection>();
  /** The newest pairing, until its host is ready. */
  let joining: HostConnection | null = null;

  const open = (
    reference: HostReference,
    known: HostConnectionOptions['known'],
    pairingId: HostConnectionOptions['pairingId'] = null,
  ): HostConnection =>
    makeHostConnection({
      reference,
      pairingId,
      known,
      key,
      store,
      clock,
      introduction: options.introduction(),
      ways: options.ways(),
      onChange: () => changed(),
    });

  async function openStored(): Promise<void> {
    for (const { id, name, route, lastSeen } of await store.list()) {
      if (connections.has(id)) continue;
      connections.set(id, open({ type: 'known', id }, { name, route: route || null, lastSeen }));
    }
  }

  /** A pairing that got through is from then on the connection of that host, in place of an older one. */
  function changed(): void {
    const pairing = connections.get('pairing');
    const id = pairing?.guest.hostId;
    if (pairing && id) {
      connections.get(id)?.close();
      connections.delete('pairing');
      connections.set(id, pairing);
    }
    options.onChange();
    if (joining?.view.step !== 'ready') return;
    joining = null;
    options.onPaired();
  }

  await openStored();
  return {
    get views() {
      return [...connections.values()].map(({ view }) => view);
    },
    get ready() {
      const ready = [...connections.values()].flatMap(({ guest, view }): ReadyHost[] => {
        const { state } = guest;
        if (state.step !== 'ready' || view.step !== 'ready') return [];
        return [{ guest, name: view.name, status: state.status, isSuspended: state.isSuspended }];
      });
      const cost = ({ status, guest: { state } }: ReadyHost): number =>
        (status.running + status.waiting) * 4 + (state.step === 'ready' && state.path === 'relay' ? 1 : 0);
      return ready.sort((a, b) => Number(a.isSuspended) - Number(b.isSuspended) || cost(a) - cost(b));
    },
    pair(offer) {
      const { reference, route } = referenceOf(offer);
      connections.get('pairing')?.close();
      const id = 'fragment' in offer ? offer.id : undefined;
      joining = open(reference, { name: '', route, lastSeen: null }, id ?? null);
      connections.set('pairing', joining);
      options.onChange();
    },
    async forget(id) {
      const connection = connections.get(id);
      if (connection === joining) joining = null;
      connection?.close();
      connections.delete(id);
      try {
        if (id !== 'pairing') await store.remove(id);
      } catch (error) {
        // It is still paired, and must be seen to be.
        await openStored();
        throw error;
      } finally {
        options.onChange();
      }
    },
    reconnect() {
      for (const connection of connections.values()) connection.retryNow();
    },
    followWays() {
      for (const connection of connections.values()) {
        connection.setWays(options.ways());
        connection.retryNow();
      }
    },
    close() {
      for (const connection of connections.values()) connection.close();
      connections.clear();
    },
  };
}
