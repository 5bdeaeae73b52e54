import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import type { Fingerprints, Link } from '../../src/p2p/link/link.ts';
import { MAX_FRAME_BYTES } from '../../src/p2p/link/link.ts';
import type { Direction, MemoryWire } from '../../src/p2p/link/memory-link.ts';
import { makeMemoryLink } from '../../src/p2p/link/memory-link.ts';

/** What an attacker on the way or with a session of their own can do. */

/** Points of X25519 whose shared secret is zero for everybody (draft-irtf-cfrg-cpace-21, appendix B.1.10). */
export const lowOrderPoints: Uint8Array[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => hexToBytes(hex));

export interface Mitm {
  /** The guest's and the host's end, each of a link to the attacker. */
  guestEnd: Link;
  hostEnd: Link;
  /** What the attacker saw. */
  seen: Uint8Array[];
}

/** Ends two links and passes everything on, changed or not: a relaying man in the middle. */
export function makeMitm(
  fingerprints: { guest: Fingerprints; host: Fingerprints },
  change: (frame: Uint8Array, direction: Direction) => Uint8Array[] = (frame) => [frame],
): Mitm {
  const seen: Uint8Array[] = [];
  const left: MemoryWire = makeMemoryLink({
    fingerprints: { a: fingerprints.guest, b: fingerprints.guest },
  });
  const right: MemoryWire = makeMemoryLink({
    fingerprints: { a: fingerprints.host, b: fingerprints.host },
  });
  const pass = (from: Link, to: Link, direction: Direction) =>
    from.listen({
      onFrame(frame) {
        seen.push(frame);
        for (const next of change(frame, direction)) to.send(next);
      },
      onDrain() {},
      onClosed: () => to.close(),
    });
  pass(left.b, right.a, 'a-to-b');
  pass(right.a, left.b, 'b-to-a');
  return { guestEnd: left.a, hostEnd: right.b, seen };
}

/** A frame like one that was seen: a byte changed, cut, made longer, or made up from nothing. */
export function mutate(frame: Uint8Array, below: (limit: number) => number): Uint8Array {
  switch (below(6)) {
    case 0: {
      const changed = frame.slice();
      const at = below(Math.max(1, changed.length));
      changed[at] = (changed[at] ?? 0) ^ (1 + below(255));
      return changed;
    }
    case 1:
      return frame.slice(0, below(frame.length + 1));
    case 2:
      return concatBytes(
        frame,
        Uint8Array.from({ length: below(64) }, () => below(256)),
      ).slice(0, MAX_FRAME_BYTES);
    case 3:
      return Uint8Array.from({ length: below(300) }, () => below(256));
    case 4:
      return new Uint8Array(0);
    default: {
      // The right type and a counter ahead, as of a later frame.
      const made = Uint8Array.from({ length: 25 + below(100) }, () => below(256));
      made.set([16, 0, 0, 0, 0, 0, 0, 0, below(256)].slice(0, made.length));
      return made;
    }
  }
}

/** Seals as a session does: for an attacker who is a paired device and speaks the protocol wrongly. */
export function makeRawSealer(key: Uint8Array): (plain: Uint8Array, counter?: bigint) => Uint8Array {
  let last = 0n;
  return (plain, counter = last + 1n) => {
    last = counter;
    const header = new Uint8Array(9);
    header[0] = 16;
    new DataView(header.buffer).setBigUint64(1, counter);
    const nonce = new Uint8Array(24);
    nonce.set(header.subarray(1), 16);
    return concatBytes(header, xchacha20poly1305(key, nonce, header).encrypt(plain));
  };
}
