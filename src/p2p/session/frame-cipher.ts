import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { MAX_FRAME_BYTES } from '../link/link.ts';

/*
 * A frame after the handshake:  type 1 | counter 8, big-endian | ciphertext and tag of XChaCha20-Poly1305.
 * The first nine bytes are authenticated with it. The nonce is 16 zeros and the counter: every link has fresh keys
 * for each direction, so no nonce comes twice under one key.
 */

const FRAME_TYPE = 16;
const HEADER_BYTES = 9;
const TAG_BYTES = 16;

export const MAX_PLAIN_BYTES = MAX_FRAME_BYTES - HEADER_BYTES - TAG_BYTES;

function nonceOf(header: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(24);
  nonce.set(header.subarray(1), 16);
  return nonce;
}

/** Seals frames of at most `MAX_PLAIN_BYTES`; the first counter is 1. */
export function makeSealer(key: Uint8Array): (plain: Uint8Array) => Uint8Array {
  let counter = 0n;
  return (plain) => {
    if (plain.length > MAX_PLAIN_BYTES) throw new RangeError('A plain frame is too long.');
    counter += 1n;
    const header = new Uint8Array(HEADER_BYTES);
    header[0] = FRAME_TYPE;
    new DataView(header.buffer).setBigUint64(1, counter);
    return concatBytes(header, xchacha20poly1305(key, nonceOf(header), header).encrypt(plain));
  };
}

export type Opened =
  | { type: 'plain'; bytes: Uint8Array }
  /** Not made by the other end, or made before: of no meaning. */
  | { type: 'foreign' }
  /** Authentic, but a frame before it is missing: this link has lost something and is of no more use. */
  | { type: 'gap' };

/** Opens frames in order. A counter that does not grow is a replay; a link loses nothing, so a jump is an attack. */
export function makeOpener(key: Uint8Array): (frame: Uint8Array) => Opened {
  let last = 0n;
  return (frame) => {
    if (frame.length < HEADER_BYTES + TAG_BYTES || frame.length > MAX_FRAME_BYTES) return { type: 'foreign' };
    if (frame[0] !== FRAME_TYPE) return { type: 'foreign' };
    const header = frame.slice(0, HEADER_BYTES);
    const counter = new DataView(header.buffer).getBigUint64(1);
    if (counter <= last) return { type: 'foreign' };
    let bytes: Uint8Array;
    try {
      bytes = xchacha20poly1305(key, nonceOf(header), header).decrypt(frame.subarray(HEADER_BYTES));
    } catch {
      return { type: 'foreign' };
    }
    if (counter !== last + 1n) return { type: 'gap' };
    last = counter;
    return { type: 'plain', bytes };
  };
}
