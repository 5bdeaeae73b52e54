import { concatBytes, randomBytes } from '@noble/hashes/utils.js';

/** Random bytes of a given length. An option everywhere, so that test vectors can be made. */
export type Random = (length: number) => Uint8Array;

/** Reads `crypto.getRandomValues`, which plain-HTTP pages have. */
export const systemRandom: Random = (length) => randomBytes(length);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Null for bytes that are no UTF-8. */
export function readUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Each field after its length in four bytes, so that no two lists of fields give the same bytes. */
export function lengthPrefixed(...fields: Uint8Array[]): Uint8Array {
  return concatBytes(
    ...fields.flatMap((field) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, field.length);
      return [length, field];
    }),
  );
}

const alphabets = {
  base64url: { letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', bits: 6 },
  base32: { letters: 'abcdefghijklmnopqrstuvwxyz234567', bits: 5 },
};

/** Unpadded. `btoa` knows neither alphabet. */
export function encodeText(bytes: Uint8Array, alphabet: keyof typeof alphabets): string {
  const { letters, bits } = alphabets[alphabet];
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= bits) {
      heldBits -= bits;
      text += letters.charAt(held >> heldBits);
      held &= (1 << heldBits) - 1;
    }
  }
  if (heldBits > 0) text += letters.charAt(held << (bits - heldBits));
  return text;
}

/** Null unless the text is exactly what `encodeText` makes of `length` bytes: there is one spelling only. */
export function decodeText(
  text: string,
  alphabet: keyof typeof alphabets,
  length: number,
): Uint8Array | null {
  const { letters, bits } = alphabets[alphabet];
  if (text.length !== Math.ceil((length * 8) / bits)) return null;
  const bytes = new Uint8Array(length);
  let held = 0;
  let heldBits = 0;
  let filled = 0;
  for (const letter of text) {
    const value = letters.indexOf(letter);
    if (value < 0) return null;
    held = (held << bits) | value;
    heldBits += bits;
    if (heldBits < 8) continue;
    heldBits -= 8;
    bytes[filled] = held >> heldBits;
    filled += 1;
    held &= (1 << heldBits) - 1;
  }
  return held === 0 ? bytes : null;
}
