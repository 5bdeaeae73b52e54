import { sha256 } from '@noble/hashes/sha2.js';
import { utf8, type Random } from '../../src/p2p/session/bytes.ts';

/** The same bytes in every run, different ones for every name. */
export function seededRandom(name: string): Random {
  let block = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let from = 0; from < length; from += 32) {
      block += 1;
      bytes.set(sha256(utf8(`${name} ${block}`)).slice(0, length - from), from);
    }
    return bytes;
  };
}

/** Numbers from 0 to below `limit`, the same in every run. */
export function seededNumbers(name: string): (limit: number) => number {
  const random = seededRandom(name);
  let numbers: Uint32Array = new Uint32Array(0);
  let used = 0;
  return (limit) => {
    if (used === numbers.length) {
      numbers = new Uint32Array(random(1024).buffer);
      used = 0;
    }
    const number = numbers[used] ?? 0;
    used += 1;
    return number % limit;
  };
}
