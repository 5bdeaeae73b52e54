import { expect, test } from 'vitest';
import { excerptOf } from '../../../src/worker/store/excerpt.ts';
import { textPieces } from '../../../src/worker/store/text-pieces.ts';
import { indexTerms, queryTerms, tokensOf } from '../../../src/worker/store/tokenize.ts';

const overlap = (query: string, text: string): string[] => {
  const terms = new Set(indexTerms(text));
  return queryTerms(query).filter((term) => terms.has(term));
};

test('words are lower case and without accents, composed or not', () => {
  expect(indexTerms('Résumé, NAÏVE "façade"')).toEqual(['resume', 'naive', 'facade']);
  expect(indexTerms('Re\u0301sume\u0301')).toEqual(['resume']);
  expect(indexTerms('ﬁne Ⅳ x²')).toEqual(['fine', 'iv', 'x2']);
});

test('punctuation, code and emoji separate words', () => {
  expect(indexTerms('foo_bar.baz(42) 👩‍💻 end')).toEqual(['foo', 'bar', 'baz', '42', 'end']);
});

test.each([
  ['京都', '東京都に住んでいます', true],
  ['東京都', '東京都に住んでいます', true],
  ['都', '私は京都', true],
  ['東都', '東京都に住んでいます', false],
  ['か', 'がく', false],
  ['한국', '저는 한국어를 합니다', true],
  ['สวัสดี', 'ผมพูดว่าสวัสดีครับ', true],
  ['𠮷野', '𠮷野家に行く', true],
  ['ト', 'ﾄﾏﾄ', true],
  ['2024', '2024年', true],
])('of %s in %s: %s', (query, text, isThere) => {
  expect(overlap(query, text).length === queryTerms(query).length).toBe(isThere);
});

test('a token stands where its text stands', () => {
  const text = 'Über 東京𠮷 2024年x';
  expect(Array.from(tokensOf(text, false), ({ at }) => text.slice(at, at + 2))).toEqual([
    'Üb',
    '東京',
    '京\ud842',
    '20',
    '年x',
    'x',
  ]);
});

/** Half of a character: with `u`, the halves of a whole one do not match. */
const brokenCharacter = /\p{Surrogate}/u;

const terms = (query: string): Set<string> => new Set(queryTerms(query));
const filler = 'lorem ipsum dolor sit amet consectetur adipiscing elit '.repeat(20);

test('an excerpt shows the match, about 120 characters, cut between words, on one line', () => {
  const excerpt = excerptOf(`${filler}\n\nthe  résumé\nof Nora ${filler}`, terms('resume'));
  expect(excerpt).toContain('the résumé of Nora');
  expect(excerpt.length).toBeGreaterThan(90);
  expect(excerpt.length).toBeLessThanOrEqual(122);
  const words = new Set(`${filler} the résumé of Nora`.split(' '));
  expect(excerpt).toMatch(/^….*…$/);
  for (const word of excerpt.slice(1, -1).split(' ')) expect(words).toContain(word);
});

test('an excerpt is taken where most of the words are', () => {
  const text = `alpha ${filler} alpha and omega together ${filler} omega`;
  expect(excerptOf(text, terms('alpha omega'))).toContain('alpha and omega together');
});

test('a short text is its own excerpt, and without a match it is the beginning', () => {
  expect(excerptOf('Just this.', terms('this'))).toBe('Just this.');
  expect(excerptOf(filler, terms('absent'))).toMatch(/^lorem ipsum .*…$/);
});

test('an excerpt never cuts a character, nor a letter from its marks', () => {
  for (let shift = 0; shift < 4; shift += 1) {
    const text = `${'x'.repeat(shift)}${'𠮷'.repeat(100)}東京${'😀e\u0316'.repeat(100)}`;
    const excerpt = excerptOf(text, terms('東京'));
    expect(excerpt).toContain('東京');
    expect(excerpt).not.toMatch(brokenCharacter);
    expect(excerpt).toMatch(/(😀|\u0316)…$/u);
  }
});

test('a long text falls into pieces between words and is whole again when they are joined', () => {
  const text = filler.repeat(40);
  const pieces = textPieces(text);
  expect(pieces.length).toBeGreaterThan(4);
  expect(pieces.join('')).toBe(text);
  for (const piece of pieces.slice(0, -1)) expect(piece).toMatch(/\s$/);
});

test('a long text without words falls into pieces between characters', () => {
  const text = `x${'𠮷'.repeat(20_000)}`;
  const pieces = textPieces(text);
  expect(pieces.join('')).toBe(text);
  for (const piece of pieces) expect(piece).not.toMatch(brokenCharacter);
});
