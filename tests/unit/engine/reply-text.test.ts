import { describe, expect, test } from 'vitest';
import { makeReplyText } from '../../../src/worker/engines/reply-text.ts';

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
// A vocabulary of words and, for what is in none, of single bytes.
const words = [' the', ' quick', ' bro', 'wn', '.', '<|end', '_of_turn|>', ' ', 'a < b'];
const word = (text: string): number => 256 + words.indexOf(text);

/** As tokenizers decode: bytes joined, what is no character replaced, and one space at the beginning dropped. */
function decode(ids: number[]): string {
  const bytes = ids.flatMap((id) => (id < 256 ? [id] : bytesOf(words[id - 256] ?? '')));
  return new TextDecoder().decode(new Uint8Array(bytes)).replace(/^ /, '');
}

const make = (before: number[] = [], stops: string[] = []) => makeReplyText({ decode, before, stops });

describe('the text of an answer', () => {
  test('begins without the space that its first token has', () => {
    const text = make();
    expect([word(' the'), word(' quick'), word('.')].map(text.add)).toEqual(['the', ' quick', '.']);
    expect(text.isWhole).toBe(true);
  });

  test('goes on at a seam with all its spaces, also inside a word', () => {
    expect(make([word(' the')]).add(word(' quick'))).toBe(' quick');
    expect(make([word(' the'), word(' bro')]).add(word('wn'))).toBe('wn');
    expect(make([word(' the'), word(' ')]).add(word(' quick'))).toBe(' quick');
  });

  test('is the same as decoding all of it, for a long answer', () => {
    const ids = Array.from({ length: 200 }, (_, index) => 256 + ((index * 7) % words.length));
    const text = make();
    expect(ids.map(text.add).join('')).toBe(decode(ids));
  });

  test('has only whole characters, however many tokens they are made of', () => {
    const text = make();
    const pieces = bytesOf('a🏴‍☠️é').map(text.add);
    expect(pieces.join('')).toBe('a🏴‍☠️é');
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false);
    text.add(bytesOf('é')[0] ?? 0);
    expect(text.isWhole).toBe(false);
  });

  test('does not show what becomes a stop text', () => {
    const text = make([], ['<|end_of_turn|>']);
    const pieces = [word(' the'), word('<|end'), word('_of_turn|>')].map(text.add);
    expect(pieces).toEqual(['the', '', '']);
    expect(text.isStopped).toBe(true);
    expect(text.rest()).toBe('');
  });

  test('shows late what only looked like one', () => {
    const text = make([], ['<|end_of_turn|>']);
    expect([word('<|end'), word('.')].map(text.add)).toEqual(['', '<|end.']);
    expect(text.add(word('<|end'))).toBe('');
    expect(text.isWhole).toBe(false);
    expect(text.rest()).toBe('<|end');
    expect(text.add(word('a < b'))).toBe('a < b');
  });
});
