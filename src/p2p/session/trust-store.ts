import type { DeviceId } from '../../shared/ids.ts';
import type { DevicePolicy } from '../../shared/devices-state.ts';

/** What a device remembers of one that it was paired with. */
export interface DeviceRecord {
  id: DeviceId;
  publicKey: Uint8Array;
  name: string;
  platform: string;
  firstSeen: number;
  lastSeen: number;
  /** Secrets of the next handshake: the newest first. More than one only after handshakes that were cut short. */
  psks: Uint8Array[];
  /** What the host's person allows. Without meaning in a guest's record of its host. */
  policy: DevicePolicy;
  /** The digits of the pairing: both ends show them until the host's person has decided, over whichever link. */
  comparison?: string;
}

/** Where records are kept: IndexedDB in the app, a map in tests. A put that resolved survives a crash. */
export interface TrustStore {
  list(): Promise<DeviceRecord[]>;
  get(id: DeviceId): Promise<DeviceRecord | null>;
  put(record: DeviceRecord): Promise<void>;
  remove(id: DeviceId): Promise<void>;
}
