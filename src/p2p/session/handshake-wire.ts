import { concatBytes } from '@noble/hashes/utils.js';
import { KEY_BYTES } from './device-key.ts';

/*
 * The frames before there are keys. All have a fixed length and layout; nothing else is read before the handshake ends.
 *   hello    type 1 | vMin 1 | vMax 1 | role 1 | mode 1 | nonce 32 | static 32 | ephemeral 32 | share 32
 *   confirm  type 1 | opening 32 (zeros from the host) | tag 32
 *   refusal  type 1 | reason 1
 */

const HELLO_TYPE = 1;
const CONFIRM_TYPE = 2;
const REFUSAL_TYPE = 3;
const HELLO_BYTES = 5 + 4 * KEY_BYTES;
const CONFIRM_BYTES = 1 + 2 * KEY_BYTES;

const PROTOCOL_VERSION = 1;

export interface Versions {
  min: number;
  max: number;
}

export const ourVersions: Versions = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION };

/** The highest version both speak, or null. */
export function agreeVersion(ours: Versions, theirs: Versions): number | null {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : null;
}

const roles = ['guest', 'host'] as const;
export type Role = (typeof roles)[number];

/** What the two ends have in common: a secret from before, the QR code's, or the typed code. */
const modes = ['psk', 'qr', 'code'] as const;
export type Mode = (typeof modes)[number];

export interface Hello {
  versions: Versions;
  role: Role;
  mode: Mode;
  /** The host's fresh nonce; the guest's commitment to the opening that it reveals with its confirmation. */
  nonce: Uint8Array;
  staticKey: Uint8Array;
  ephemeralKey: Uint8Array;
  /** CPace's share; zeros unless `mode` is `code`. */
  share: Uint8Array;
}

export function encodeHello(hello: Hello): Uint8Array {
  const { versions, role, mode } = hello;
  return concatBytes(
    Uint8Array.of(HELLO_TYPE, versions.min, versions.max, roles.indexOf(role), modes.indexOf(mode)),
    hello.nonce,
    hello.staticKey,
    hello.ephemeralKey,
    hello.share,
  );
}

export function decodeHello(frame: Uint8Array): Hello | null {
  if (frame.length !== HELLO_BYTES || frame[0] !== HELLO_TYPE) return null;
  const [, min, max, roleIndex, modeIndex] = frame;
  if (min === undefined || max === undefined || min > max) return null;
  const role = roles[roleIndex ?? -1];
  const mode = modes[modeIndex ?? -1];
  if (role === undefined || mode === undefined) return null;
  const field = (index: number) => frame.slice(5 + index * KEY_BYTES, 5 + (index + 1) * KEY_BYTES);
  return {
    versions: { min, max },
    role,
    mode,
    nonce: field(0),
    staticKey: field(1),
    ephemeralKey: field(2),
    share: field(3),
  };
}

export interface Confirm {
  opening: Uint8Array;
  tag: Uint8Array;
}

export const encodeConfirm = ({ opening, tag }: Confirm): Uint8Array =>
  concatBytes(Uint8Array.of(CONFIRM_TYPE), opening, tag);

export function decodeConfirm(frame: Uint8Array): Confirm | null {
  if (frame.length !== CONFIRM_BYTES || frame[0] !== CONFIRM_TYPE) return null;
  return { opening: frame.slice(1, 1 + KEY_BYTES), tag: frame.slice(1 + KEY_BYTES) };
}

/** Why a host does not go on. Nobody has proved anything yet, so a guest shows this and acts on none of it. */
const refusals = ['version', 'unknown-device', 'no-pairing', 'busy', 'failed'] as const;
export type Refusal = (typeof refusals)[number];

export const encodeRefusal = (reason: Refusal): Uint8Array =>
  Uint8Array.of(REFUSAL_TYPE, refusals.indexOf(reason));

export function decodeRefusal(frame: Uint8Array): Refusal | null {
  if (frame.length !== 2 || frame[0] !== REFUSAL_TYPE) return null;
  return refusals[frame[1] ?? -1] ?? null;
}
