import { x25519 } from '@noble/curves/ed25519.js';
import { equalBytes } from '@noble/curves/utils.js';
import type { Fingerprints } from '../link/link.ts';
import type { Random } from './bytes.ts';
import { utf8 } from './bytes.ts';
import type { CpaceInput } from './cpace.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { DeviceKey } from './device-key.ts';
import { agree, deviceIdOf, KEY_BYTES } from './device-key.ts';
import type { Hello, Mode, Versions } from './handshake-wire.ts';
import { agreeVersion } from './handshake-wire.ts';
import type { Agreements, SessionKeys } from './key-schedule.ts';
import { comparisonCode } from './key-schedule.ts';

/** What the guest's and the host's half of the handshake share. Both are pure: frames in, frames out. */

export interface HandshakeOptions {
  key: DeviceKey;
  random: Random;
  fingerprints: Fingerprints;
  versions: Versions;
}

export type HandshakeFault =
  | 'malformed'
  | 'version'
  /** Another key than the one in the QR code or the record. */
  | 'wrong-host'
  /** Our own keys came back. */
  | 'reflected'
  | 'weak-key'
  /** The other end knows another secret, or somebody stands between. */
  | 'not-authentic';

export interface HandshakeFailure {
  ok: false;
  fault: HandshakeFault;
}

export const failed = (fault: HandshakeFault): HandshakeFailure => ({ ok: false, fault });

/** A finished handshake: both ends have proved that they know the secret and saw the same connection. */
export interface Established {
  version: number;
  mode: Mode;
  peerKey: Uint8Array;
  peerId: DeviceId;
  sendKey: Uint8Array;
  receiveKey: Uint8Array;
  /** The secret of the next handshake between the two. */
  nextPsk: Uint8Array;
  /** Six digits that both screens show. */
  comparison: string;
}

export interface Ephemeral {
  secretKey: Uint8Array;
  publicKey: Uint8Array;
}

export function makeEphemeral(random: Random): Ephemeral {
  const secretKey = random(KEY_BYTES);
  return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
}

/** What is wrong with the other end's hello, whoever they are; else the version to speak. */
export function checkHello(
  theirs: Hello,
  ours: { role: Hello['role']; key: DeviceKey; ephemeral: Uint8Array; versions: Versions },
): { ok: true; version: number } | HandshakeFailure {
  if (theirs.role === ours.role) return failed('reflected');
  const keys = [ours.key.publicKey, ours.ephemeral];
  const isReflected = keys.some(
    (key) => equalBytes(key, theirs.staticKey) || equalBytes(key, theirs.ephemeralKey),
  );
  if (isReflected) return failed('reflected');
  const version = agreeVersion(ours.versions, theirs.versions);
  return version === null ? failed('version') : { ok: true, version };
}

/** Null when any of their keys is a point of low order. */
export function agreeAll(
  role: Hello['role'],
  key: DeviceKey,
  ephemeral: Ephemeral,
  theirs: Hello,
): Agreements | null {
  const ee = agree(ephemeral.secretKey, theirs.ephemeralKey);
  const staticToEphemeral = agree(key.secretKey, theirs.ephemeralKey);
  const ephemeralToStatic = agree(ephemeral.secretKey, theirs.staticKey);
  if (ee === null || staticToEphemeral === null || ephemeralToStatic === null) return null;
  return role === 'guest'
    ? { ee, se: staticToEphemeral, es: ephemeralToStatic }
    : { ee, se: ephemeralToStatic, es: staticToEphemeral };
}

/** The guest's commitment is fresh for every run, so it serves as CPace's session id. */
export const codeInput = (code: string, guestNonce: Uint8Array): CpaceInput => ({
  password: utf8(code),
  channel: utf8('hearth-p2p-1 pairing code'),
  sid: guestNonce,
});

export function establish(
  role: Hello['role'],
  theirs: Hello,
  version: number,
  keys: SessionKeys,
  opening: Uint8Array,
): Established {
  const [sendKey, receiveKey] =
    role === 'guest' ? [keys.guestFrames, keys.hostFrames] : [keys.hostFrames, keys.guestFrames];
  return {
    version,
    mode: theirs.mode,
    peerKey: theirs.staticKey,
    peerId: deviceIdOf(theirs.staticKey),
    sendKey,
    receiveKey,
    nextPsk: keys.nextPsk,
    comparison: comparisonCode(keys.comparison, opening),
  };
}
