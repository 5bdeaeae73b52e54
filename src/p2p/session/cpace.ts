import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import type { Random } from './bytes.ts';
import { utf8 } from './bytes.ts';

/*
 * CPace on ristretto255 with SHA-512, initiator and responder roles: draft-irtf-cfrg-cpace-21, sections 7 and 8.3.
 * Both ends know a code of few digits; whoever does not gets one guess for each run and nothing to try offline.
 * `tests/unit/p2p/cpace.test.ts` checks every step against the draft's appendix B.3.
 */

const dsi = utf8('CPaceRistretto255');
const iskDsi = utf8('CPaceRistretto255_ISK');
/** `H.s_in_bytes` of SHA-512. */
const HASH_BLOCK_BYTES = 128;

type Point = typeof ristretto255.Point.BASE;

/** LEB128 of the length, then the bytes: unlike our own fields, because the draft says so. */
export function prependLength(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = bytes.length;
  do {
    const low = left & 0x7f;
    left >>>= 7;
    length.push(left > 0 ? low | 0x80 : low);
  } while (left > 0);
  return concatBytes(Uint8Array.from(length), bytes);
}

const lvCat = (...fields: Uint8Array[]): Uint8Array => concatBytes(...fields.map(prependLength));

export interface CpaceInput {
  /** `PRS`: the code. */
  password: Uint8Array;
  /** `CI`: what both know of the channel. */
  channel: Uint8Array;
  sid: Uint8Array;
}

export function generatorString({ password, channel, sid }: CpaceInput): Uint8Array {
  const used = prependLength(password).length + prependLength(dsi).length + 1;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK_BYTES - used));
  return lvCat(dsi, password, padding, channel, sid);
}

export function calculateGenerator(input: CpaceInput): Point {
  const derive = ristretto255_hasher.deriveToCurve;
  if (derive === undefined) throw new Error('This build of @noble/curves lacks the map to ristretto255.');
  return derive(sha512(generatorString(input)));
}

/** 252 random bits, as the draft recommends; zero is drawn with the odds of guessing a key, and refused. */
export function sampleScalar(random: Random): bigint {
  const bytes = random(32);
  bytes[31] = (bytes[31] ?? 0) & 0x0f;
  const scalar = bytesToNumberLE(bytes);
  if (scalar === 0n) throw new Error('The source of randomness returns zeros.');
  return scalar;
}

/** `scalar_mult_vfy`, with null for the draft's abort: `theirs` encodes no point, or the neutral one. */
export function multiplyShare(scalar: bigint, theirs: Uint8Array): Uint8Array | null {
  try {
    const point = ristretto255.Point.fromBytes(theirs);
    return point.is0() ? null : point.multiply(scalar).toBytes();
  } catch {
    return null;
  }
}

export interface Share {
  share: Uint8Array;
  /** `ADa` or `ADb`: who this party says it is. */
  associated: Uint8Array;
}

export function sessionKey(sid: Uint8Array, k: Uint8Array, initiator: Share, responder: Share): Uint8Array {
  return sha512(
    concatBytes(
      lvCat(iskDsi, sid, k),
      lvCat(initiator.share, initiator.associated),
      lvCat(responder.share, responder.associated),
    ),
  );
}

export interface CpaceRun {
  share: Uint8Array;
  /** The other end's share to the ISK of 64 bytes; null when the run must be given up. */
  finish(theirs: Uint8Array): Uint8Array | null;
}

export function startCpace(
  role: 'initiator' | 'responder',
  input: CpaceInput,
  random: Random,
  associated: () => { own: Uint8Array; theirs: Uint8Array },
): CpaceRun {
  const scalar = sampleScalar(random);
  const share = calculateGenerator(input).multiply(scalar).toBytes();
  return {
    share,
    finish(theirShare) {
      const k = multiplyShare(scalar, theirShare);
      if (k === null) return null;
      const { own, theirs } = associated();
      const mine: Share = { share, associated: own };
      const other: Share = { share: theirShare, associated: theirs };
      const [first, second] = role === 'initiator' ? [mine, other] : [other, mine];
      return sessionKey(input.sid, k, first, second);
    },
  };
}
