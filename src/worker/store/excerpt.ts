import { tokensOf } from './tokenize.ts';

/** In UTF-16 units, about a line and a half of a list. */
const length = 120;
/** How much of it stands before the match, and how far an end moves to meet a word's border. */
const lead = 40;
const reach = 20;

/** The part of `text` with the most of `terms` in it, on one line, cut between words. */
export function excerptOf(text: string, terms: ReadonlySet<string>): string {
  const normal = text.normalize('NFC');
  return cut(normal, densestMatch(normal, terms));
}

/** Where the excerpt's first match stands; the beginning when there is none. */
function densestMatch(text: string, terms: ReadonlySet<string>): number {
  const matches = [];
  for (const token of tokensOf(text, true)) if (terms.has(token.term)) matches.push(token);
  let best = 0;
  let most = 0;
  for (const [index, { at }] of matches.entries()) {
    const seen = new Set<string>();
    for (let next = index; next < matches.length; next += 1) {
      const match = matches[next];
      if (match === undefined || match.at >= at + length - lead) break;
      seen.add(match.term);
    }
    if (seen.size > most) [best, most] = [at, seen.size];
  }
  return best;
}

function cut(text: string, match: number): string {
  const start = startNear(text, Math.max(0, match - lead), match);
  const end = endNear(text, Math.min(text.length, start + length), match);
  const middle = text.slice(start, end).trim().replaceAll(/\s+/g, ' ');
  return `${start > 0 ? '…' : ''}${middle}${end < text.length ? '…' : ''}`;
}

/** The first beginning of a word after `from`, if one is near and not beyond the match. */
function startNear(text: string, from: number, match: number): number {
  if (from === 0) return 0;
  const space = text.slice(from - 1, Math.min(from + reach, match)).search(/\s/);
  return space === -1 ? whole(text, from) : from + space;
}

function endNear(text: string, from: number, match: number): number {
  if (from === text.length) return from;
  const earliest = Math.max(match + 1, from - reach);
  const space = text.slice(earliest, from + 1).search(/\s\S*$/);
  return space === -1 ? whole(text, from) : earliest + space;
}

/** Never between the two halves of a character, nor between a letter and its marks. */
function whole(text: string, from: number): number {
  let at = from;
  while (at > 0 && /^[\p{M}\u200d\udc00-\udfff]/u.test(text.slice(at, at + 1))) at -= 1;
  return at;
}
