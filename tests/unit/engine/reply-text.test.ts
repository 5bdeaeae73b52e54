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

/** As OpenChat's tokenizer does (`ByteFallback`): of a row of single bytes that is no text, each is replaced. */
function decodeFallback(ids: number[]): string {
  let text = '';
  for (let at = 0; at < ids.length;) {
    let end = at;
    while (end < ids.length && (ids[end] ?? 0) < 256) end += 1;
    if (end === at) text += String.fromCharCode((ids[at++] ?? 0) - 1000);
    else {
      try {
        text += new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(ids.slice(at, end)));
      } catch {
        text += '\uFFFD'.repeat(end - at);
      }
      at = end;
    }
  }
  return text.replace(/^ /, '');
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

  test.each([
    '🇫🇷\n\nText',
    '🎂🥳\n\nHave',
    '♜♞♝♛♚♝♞♜ Chess',
    '魑魅魍魉',
    'é'.repeat(40),
    '👩‍👩‍👧‍👦\n\n\n\n\n\n\n\n\nend',
  ])('of single bytes is what it was: %j', (wanted) => {
    const ids = Array.from(wanted, (letter) =>
      /[A-Za-z ]/.test(letter) ? [1000 + letter.charCodeAt(0)] : bytesOf(letter),
    );
    for (const before of [[], bytesOf('♜♞♝♛')]) {
      const text = makeReplyText({ decode: decodeFallback, before, stops: [] });
      expect(ids.flat().map(text.add).join('')).toBe(wanted);
      expect(text.isWhole).toBe(true);
    }
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
