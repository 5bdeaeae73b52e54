/** A piece of text; `match` when it is what was searched for. */
export interface TextPiece {
  text: string;
  match: boolean;
}

/** Cuts an excerpt where words of the query begin a word of it, so that a view can mark them without any HTML. */
export function markMatches(excerpt: string, query: string): TextPiece[] {
  const words = query.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  if (words.length === 0) return [{ text: excerpt, match: false }];
  // Letters, their marks and digits only, so nothing needs escaping. The longest first, or a short word hides a long one.
  const longestFirst = words.sort((a, b) => b.length - a.length).join('|');
  const pieces = excerpt.split(new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(${longestFirst})`, 'giu'));
  return pieces.map((text, index) => ({ text, match: index % 2 === 1 })).filter((piece) => piece.text !== '');
}
