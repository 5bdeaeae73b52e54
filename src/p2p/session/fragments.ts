import { concatBytes } from '@noble/hashes/utils.js';
import { MAX_PLAIN_BYTES } from './frame-cipher.ts';

/*
 * A message longer than a frame goes in several:  more 1 (1: others follow, 0: the last) | bytes.
 * All but the last are full, so a message has one spelling and empty fragments cannot be sent for ever.
 */

const FRAGMENT_BYTES = MAX_PLAIN_BYTES - 1;

export function splitMessage(message: Uint8Array): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  let from = 0;
  do {
    const part = message.subarray(from, from + FRAGMENT_BYTES);
    from += FRAGMENT_BYTES;
    fragments.push(concatBytes(Uint8Array.of(from < message.length ? 1 : 0), part));
  } while (from < message.length);
  return fragments;
}

export type Joined = { type: 'message'; bytes: Uint8Array } | { type: 'partial' } | { type: 'invalid' };

/** Joins what `splitMessage` made. Never holds more than `limit()` bytes. */
export function makeJoiner(limit: () => number): (fragment: Uint8Array) => Joined {
  let parts: Uint8Array[] = [];
  let length = 0;
  return (fragment) => {
    const [more] = fragment;
    const part = fragment.subarray(1);
    if (more !== 0 && more !== 1) return { type: 'invalid' };
    if (more === 1 && part.length !== FRAGMENT_BYTES) return { type: 'invalid' };
    length += part.length;
    if (length > limit()) return { type: 'invalid' };
    parts.push(part);
    if (more === 1) return { type: 'partial' };
    const bytes = concatBytes(...parts);
    parts = [];
    length = 0;
    return { type: 'message', bytes };
  };
}
