import type { Token } from 'marked';
import { lexBlocks } from './render.ts';

// Lines that can begin something that swallows the blocks after it, up to a blank line: a link definition
// whose title is still open, a formula.
const SWALLOWS = /^ {0,3}(?:\[|\$\$|\\\[)/m;
const ENDS_BLANK = /\n[ \t]*\n$/;
const CLOSED_FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*\n(?:[\s\S]*\n)? {0,3}(?:(?=`)\1`*|(?=~)\1~*) *\n*$/;

/** Whether no later line can add to this block. Lists, tables, paragraphs, quotes and indented code can always grow. */
function isComplete(token: Token): boolean {
  switch (token.type) {
    case 'heading':
    case 'hr':
    case 'math':
      return true;
    case 'code':
      return CLOSED_FENCE.test(token.raw);
    default:
      return false;
  }
}

function isHeld(tokens: Token[], count: number): boolean {
  for (const token of tokens.slice(0, count).toReversed()) {
    if (token.type === 'space') return false;
    if ((token.type === 'paragraph' || token.type === 'def') && SWALLOWS.test(token.raw))
      return !ENDS_BLANK.test(token.raw);
    if (ENDS_BLANK.test(token.raw)) return false;
  }
  return false;
}

/**
 * How much of `lines` (whole lines only: half a line can still change what the lines before it are) is
 * blocks that no text after them can change.
 */
export function findSettled(lines: string): number {
  const tokens = lexBlocks(lines);
  const last = tokens.findLastIndex((token) => token.type !== 'space');
  const lastToken = tokens[last];
  if (!lastToken) return lines.length;
  let count = isComplete(lastToken) ? last + 1 : last;
  while (count > 0 && isHeld(tokens, count)) count--;
  let end = 0;
  for (const token of tokens.slice(0, count)) {
    // marked rebuilds `raw` where it joins blocks; a cut in the wrong place is worse than none.
    if (!lines.startsWith(token.raw, end)) return 0;
    end += token.raw.length;
  }
  return end;
}
