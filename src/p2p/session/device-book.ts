import { equalBytes } from '@noble/curves/utils.js';
import type { DeviceId } from '../../shared/ids.ts';
import { MAX_PSKS } from './limits.ts';
import type { DeviceRecord, TrustStore } from './trust-store.ts';

/** `waiting`: the host's person has not decided. `once`: until the host is restarted. `always`: in the store. */
export type Trust = 'waiting' | 'once' | 'always';

export interface BookEntry {
  record: DeviceRecord;
  trust: Trust;
}

/**
 * The devices a host knows: those in the store, and in memory those that may not be stored (yet).
 * Changes of one device happen one after the other, so that two links at once cannot undo each other's.
 */
export interface DeviceBook {
  get(id: DeviceId): Promise<BookEntry | null>;
  /** Resolves when the entry is where it belongs; an `always` survives a crash from then on. */
  put(entry: BookEntry): Promise<void>;
  /** Changes the entry; null when there is none (any more), and then nothing comes back to life. */
  change(id: DeviceId, edit: (entry: BookEntry) => BookEntry): Promise<BookEntry | null>;
  /** The device is a stranger from now on, even when this rejects. */
  remove(id: DeviceId): Promise<void>;
}

export function makeDeviceBook(store: TrustStore): DeviceBook {
  const transient = new Map<DeviceId, BookEntry>();
  /** Not to be known any more, although the store may have failed to forget them. */
  const removed = new Set<DeviceId>();
  const busy = new Map<DeviceId, Promise<unknown>>();

  const get = async (id: DeviceId): Promise<BookEntry | null> => {
    const entry = transient.get(id);
    if (entry) return entry;
    if (removed.has(id)) return null;
    const record = await store.get(id);
    return record && { record, trust: 'always' };
  };

  const put = async (entry: BookEntry): Promise<void> => {
    const { id } = entry.record;
    if (entry.trust === 'always') {
      await store.put(entry.record);
      transient.delete(id);
      removed.delete(id);
    } else {
      transient.set(id, entry);
    }
  };

  const inTurn = <T>(id: DeviceId, work: () => Promise<T>): Promise<T> => {
    const before = busy.get(id) ?? Promise.resolve();
    const result = before.then(work);
    // How it went is for the caller; the next in turn only waits for it.
    const settled = Promise.allSettled([result]);
    busy.set(id, settled);
    const forget = async () => {
      await settled;
      if (busy.get(id) === settled) busy.delete(id);
    };
    void forget();
    return result;
  };

  return {
    get,
    put: (entry) => inTurn(entry.record.id, () => put(entry)),
    change: (id, edit) =>
      inTurn(id, async () => {
        const entry = await get(id);
        if (entry === null) return null;
        const edited = edit(entry);
        await put(edited);
        return edited;
      }),
    remove: (id) =>
      inTurn(id, async () => {
        transient.delete(id);
        removed.add(id);
        await store.remove(id);
        removed.delete(id);
      }),
  };
}

/** After a handshake: the next secret, the one just proved, and what else is not ruled out yet. */
export const withNextPsk = (record: DeviceRecord, next: Uint8Array, used: Uint8Array): DeviceRecord => ({
  ...record,
  psks: [next, used, ...record.psks.filter((psk) => !equalBytes(psk, used))].slice(0, MAX_PSKS),
});

/**
 * The guest has stored `kept`: those before it are void. Those after it are not, and it may be void itself: with two links
 * at once this may be heard after a later handshake.
 */
export const withKeptPsk = (record: DeviceRecord, kept: Uint8Array): DeviceRecord => {
  const index = record.psks.findIndex((psk) => equalBytes(psk, kept));
  return index === -1 ? record : { ...record, psks: record.psks.slice(0, index + 1) };
};
