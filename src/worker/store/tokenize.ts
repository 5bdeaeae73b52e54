/** A word as the index knows it, and where it stands in the text. */
export interface Token {
  term: string;
  at: number;
}

const words = /[\p{L}\p{M}\p{N}]+/gu;

/** Scripts that are written without spaces between words, or, as Hangul, with endings grown onto them. */
const unspaced =
  '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Bopo}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}';
const hasUnspaced = new RegExp(`[${unspaced}]`, 'u');
const startsUnspaced = new RegExp(`^[${unspaced}]`, 'u');
const runs = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu');
const accents = /[\u0300-\u036f]/g;

/** Accents are dropped where they are accents; elsewhere, as in か and が, a mark makes another letter. */
const fold = (word: string): string =>
  word.normalize('NFKC').toLowerCase().normalize('NFD').replaceAll(accents, '');

const codeMark = '\u0001';
/** Whether a term is of characters, so that another character would be another word. */
export const isCode = (term: string): boolean => term.startsWith(codeMark);

/**
 * The words of a text, in order. A run of an unspaced script becomes its overlapping pairs of characters, and, with
 * `tails`, its last character alone: so one character is found as the beginning of a pair wherever it stands.
 * `text` must be NFC-normalised; `at` counts its UTF-16 units.
 */
export function* tokensOf(text: string, tails: boolean): Generator<Token> {
  for (const { 0: word, index: wordAt } of text.matchAll(words)) {
    if (!hasUnspaced.test(word)) {
      yield { term: fold(word), at: wordAt };
      continue;
    }
    for (const { 0: run, index: runAt } of word.matchAll(runs)) {
      if (startsUnspaced.test(run)) yield* pairsOf(run, wordAt + runAt, tails);
      else yield { term: fold(run), at: wordAt + runAt };
    }
  }
}

function* pairsOf(run: string, start: number, tails: boolean): Generator<Token> {
  let at = start;
  let previous = '';
  for (const character of run) {
    if (previous !== '') {
      yield { term: encode(previous + character), at };
      at += previous.length;
    }
    previous = character;
  }
  if (tails || at === start) yield { term: encode(previous), at };
}

/**
 * Characters of these scripts as numbers of one width. The index is a tree that looks through all branches of a
 * node in turn: with thousands of characters to branch by, indexing one answer would take a tenth of a second.
 */
const encode = (characters: string): string =>
  codeMark +
  Array.from(characters.normalize('NFKC'), (character) =>
    (character.codePointAt(0) ?? 0).toString(36).padStart(4, '0'),
  ).join('');

const termsOf = (text: string, tails: boolean): string[] =>
  Array.from(tokensOf(text.normalize('NFC'), tails), ({ term }) => term);

export const indexTerms = (text: string): string[] => termsOf(text, true);

/** Without tails: what is looked for as the end of one run may stand in the middle of another. */
export const queryTerms = (query: string): string[] => termsOf(query, false);
