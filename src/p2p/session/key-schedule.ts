import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { clean, concatBytes } from '@noble/hashes/utils.js';
import { lengthPrefixed, utf8 } from './bytes.ts';

/** Everything that both ends must have seen alike. The hellos are whole, so versions and roles are in it too. */
export interface Transcript {
  guestHello: Uint8Array;
  hostHello: Uint8Array;
  path: 'dtls' | 'relay';
  guestFingerprint: Uint8Array;
  hostFingerprint: Uint8Array;
}

export function transcriptHash(transcript: Transcript): Uint8Array {
  return sha256(
    lengthPrefixed(
      utf8('hearth-p2p-1'),
      transcript.guestHello,
      transcript.hostHello,
      utf8(`path:${transcript.path}`),
      transcript.guestFingerprint,
      transcript.hostFingerprint,
    ),
  );
}

/** The three agreements: e is an ephemeral key, s a device's own; the guest's comes first. */
export interface Agreements {
  ee: Uint8Array;
  se: Uint8Array;
  es: Uint8Array;
}

export interface SessionKeys {
  guestConfirm: Uint8Array;
  hostConfirm: Uint8Array;
  guestFrames: Uint8Array;
  hostFrames: Uint8Array;
  /** The secret of the next handshake between the two. */
  nextPsk: Uint8Array;
  comparison: Uint8Array;
}

/** HKDF-SHA256 with the transcript's hash as salt; one label for each use, so no key serves two. */
export function deriveKeys(
  { ee, se, es }: Agreements,
  secret: Uint8Array,
  transcript: Uint8Array,
): SessionKeys {
  const material = concatBytes(ee, se, es, lengthPrefixed(secret));
  const root = extract(sha256, material, transcript);
  const key = (label: string) => expand(sha256, root, utf8(`hearth-p2p-1 ${label}`), 32);
  const keys = {
    guestConfirm: key('guest confirm'),
    hostConfirm: key('host confirm'),
    guestFrames: key('guest frames'),
    hostFrames: key('host frames'),
    nextPsk: key('next psk'),
    comparison: key('comparison'),
  };
  clean(material, root);
  return keys;
}

export const confirmation = (key: Uint8Array, transcript: Uint8Array): Uint8Array =>
  hmac(sha256, key, transcript);

/**
 * Six digits that both screens show. The guest commits to `opening` in its hello and reveals it last, so that
 * somebody in the middle cannot search for keys that give the same digits on both sides.
 */
export function comparisonCode(key: Uint8Array, opening: Uint8Array): string {
  const bytes = hmac(sha256, key, opening);
  // 64 bits leave a bias far below one in a million million.
  const number = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) % 1_000_000n;
  return number.toString().padStart(6, '0');
}

export const commitTo = (opening: Uint8Array): Uint8Array =>
  sha256(lengthPrefixed(utf8('hearth-p2p-1 commitment'), opening));
