import { x25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { DeviceId } from '../../shared/ids.ts';
import type { Random } from './bytes.ts';
import { encodeText, systemRandom } from './bytes.ts';

/** A device's identity: an X25519 key pair, made once and kept. Routing ids come and go; this stays. */
export interface DeviceKey {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly id: DeviceId;
}

export const KEY_BYTES = 32;

export const deviceIdOf = (publicKey: Uint8Array): DeviceId =>
  encodeText(sha256(publicKey), 'base32').slice(0, 16) as DeviceId;

/** The device whose stored secret key this is. */
export function readDeviceKey(secretKey: Uint8Array): DeviceKey {
  const publicKey = x25519.getPublicKey(secretKey);
  return { secretKey, publicKey, id: deviceIdOf(publicKey) };
}

export const makeDeviceKey = (random: Random = systemRandom): DeviceKey => readDeviceKey(random(KEY_BYTES));

/**
 * The X25519 shared secret, or null when `theirs` is a point of low order: the result would be known to everybody.
 * (RFC 7748, section 6.1.)
 */
export function agree(secretKey: Uint8Array, theirs: Uint8Array): Uint8Array | null {
  try {
    return x25519.getSharedSecret(secretKey, theirs);
  } catch {
    return null;
  }
}
