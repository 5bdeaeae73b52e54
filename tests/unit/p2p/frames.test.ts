import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../../../src/p2p/link/link.ts';
import {
  decodeText,
  encodeText,
  lengthPrefixed,
  systemRandom,
  utf8,
} from '../../../src/p2p/session/bytes.ts';
import { makeJoiner, splitMessage } from '../../../src/p2p/session/fragments.ts';
import { MAX_PLAIN_BYTES, makeOpener, makeSealer } from '../../../src/p2p/session/frame-cipher.ts';

const key = systemRandom(32);
const plainOf = (opened: ReturnType<ReturnType<typeof makeOpener>>) =>
  opened.type === 'plain' ? [...opened.bytes] : opened.type;

describe('attack 21: frames', () => {
  it('open in order, once', () => {
    const seal = makeSealer(key);
    const open = makeOpener(key);
    const [one, two] = [seal(Uint8Array.of(1)), seal(Uint8Array.of(2))];
    expect(plainOf(open(one))).toEqual([1]);
    expect(plainOf(open(one))).toBe('foreign');
    expect(plainOf(open(two))).toEqual([2]);
    expect(plainOf(open(one))).toBe('foreign');
  });

  it('tell of one that is missing', () => {
    const seal = makeSealer(key);
    const open = makeOpener(key);
    seal(Uint8Array.of(1));
    expect(plainOf(open(seal(Uint8Array.of(2))))).toBe('gap');
  });

  it('do not open when anything is changed, cut or longer, or made with another key', () => {
    const frame = makeSealer(key)(utf8('text'));
    for (let at = 0; at < frame.length; at += 1) {
      const changed = frame.map((byte, index) => (index === at ? byte ^ 128 : byte));
      expect(plainOf(makeOpener(key)(changed)), `byte ${at}`).toBe('foreign');
      expect(plainOf(makeOpener(key)(frame.slice(0, at))), `length ${at}`).toBe('foreign');
    }
    expect(plainOf(makeOpener(key)(Uint8Array.of(...frame, 0)))).toBe('foreign');
    expect(plainOf(makeOpener(systemRandom(32))(frame))).toBe('foreign');
    expect(plainOf(makeOpener(key)(frame))).toEqual([...utf8('text')]);
  });

  it('hold what fits a link, and no more', () => {
    const seal = makeSealer(key);
    const frame = seal(new Uint8Array(MAX_PLAIN_BYTES));
    expect(frame).toHaveLength(MAX_FRAME_BYTES);
    expect(makeOpener(key)(frame).type).toBe('plain');
    expect(() => seal(new Uint8Array(MAX_PLAIN_BYTES + 1))).toThrow(RangeError);
  });
});

describe('fragments', () => {
  const full = MAX_PLAIN_BYTES - 1;

  it('join to what was split, whatever its length', () => {
    for (const length of [0, 1, full - 1, full, full + 1, 2 * full, 3 * full + 7]) {
      const message = Uint8Array.from({ length }, (_, index) => index % 251);
      const join = makeJoiner(() => 100_000);
      const joined = splitMessage(message).map(join);
      const last = joined.pop();
      expect(joined.every(({ type }) => type === 'partial')).toBe(true);
      expect(last?.type === 'message' && Buffer.from(last.bytes).equals(message), `length ${length}`).toBe(
        true,
      );
    }
  });

  it('are refused when they outgrow the limit, are half full, or are none', () => {
    const join = makeJoiner(() => 2 * full);
    const [first = new Uint8Array(0)] = splitMessage(new Uint8Array(3 * full));
    expect([join(first), join(first), join(first)].map(({ type }) => type)).toEqual([
      'partial',
      'partial',
      'invalid',
    ]);
    expect(makeJoiner(() => 100)(Uint8Array.of(1, 2, 3)).type).toBe('invalid');
    expect(makeJoiner(() => 100)(Uint8Array.of(2, 2, 3)).type).toBe('invalid');
    expect(makeJoiner(() => 100)(new Uint8Array(0)).type).toBe('invalid');
  });
});

describe('bytes', () => {
  it('are written in one way only', () => {
    for (let length = 0; length < 40; length += 1) {
      const bytes = systemRandom(length);
      expect(encodeText(bytes, 'base64url')).toBe(Buffer.from(bytes).toString('base64url'));
      for (const alphabet of ['base64url', 'base32'] as const) {
        expect(decodeText(encodeText(bytes, alphabet), alphabet, length)).toEqual(bytes);
      }
    }
    // RFC 4648, section 10.
    expect(encodeText(utf8('foobar'), 'base32')).toBe('mzxw6ytboi');
  });

  it('do not run into one another as fields', () => {
    expect(lengthPrefixed(utf8('ab'), utf8('c'))).not.toEqual(lengthPrefixed(utf8('a'), utf8('bc')));
    expect(lengthPrefixed(utf8(''))).not.toEqual(lengthPrefixed());
  });
});
