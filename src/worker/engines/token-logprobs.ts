/** How a tokenizer writes bytes that are no text of their own, in web-llm's words; `raw`: not at all. */
export type TokenSpelling = 'byte_fallback' | 'byte_level' | 'raw';

/** A token as text, as far as its bytes are any, and as bytes; and the natural logarithm of its probability. */
export interface SpelledLogprob {
  token: string;
  bytes: number[];
  logprob: number;
}

const utf8 = new TextEncoder();
const lossy = new TextDecoder();

/** GPT-2's letters for bytes: printable ones stand for themselves, the others for those from 256 on. */
const letterBytes = new Map<string, number>();
for (let byte = 0, next = 256; byte < 256; byte += 1) {
  const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  letterBytes.set(String.fromCodePoint(isPrintable ? byte : next++), byte);
}

/** What a token of the vocabulary stands for. Decoded by itself it would lose its space, and a part of a character all it is. */
export function bytesOfToken(token: string, spelling: TokenSpelling): number[] {
  if (spelling === 'byte_fallback') {
    const byte = /^<0x([\dA-F]{2})>$/.exec(token)?.[1];
    return byte === undefined ? [...utf8.encode(token.replaceAll('▁', ' '))] : [Number.parseInt(byte, 16)];
  }
  const bytes =
    spelling === 'byte_level' ? Array.from(token, (letter) => letterBytes.get(letter)) : [undefined];
  // A control token is written as it is.
  return bytes.every((byte) => byte !== undefined) ? bytes : [...utf8.encode(token)];
}

export const textOfBytes = (bytes: readonly number[]): string => lossy.decode(new Uint8Array(bytes));

/**
 * The logarithm of each token's probability as the model gave it, of what the sampler's temperature made of it:
 * softmax(x / T) to the power of T is softmax(x), but for a factor.
 */
export function beforeTemperature(
  probabilities: ArrayLike<number>,
  temperature: number,
): (id: number) => number {
  if (temperature === 1) return (id) => Math.log(probabilities[id] ?? 0);
  let sum = 0;
  for (let id = 0; id < probabilities.length; id += 1) sum += (probabilities[id] ?? 0) ** temperature;
  return (id) => temperature * Math.log(probabilities[id] ?? 0) - Math.log(sum);
}

/** The most probable tokens, the first one first. */
export function mostProbable(probabilities: ArrayLike<number>, count: number): number[] {
  const best: number[] = [];
  const of = (id: number | undefined): number => (id === undefined ? -1 : (probabilities[id] ?? 0));
  for (let id = 0; id < probabilities.length; id += 1) {
    if (best.length === count && of(id) <= of(best.at(-1))) continue;
    const place = best.findIndex((other) => of(other) < of(id));
    best.splice(place === -1 ? best.length : place, 0, id);
    best.length = Math.min(best.length, count);
  }
  return best;
}
