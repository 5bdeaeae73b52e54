import remend from 'remend';
import { UNFINISHED } from './math.ts';

const MARKS = /(`+)(?:[^`]|[^`][\s\S]*?[^`])\1(?!`)|\n[ \t]*\n|\\[\s\S]|\$\$?/g;
const CLOSERS: Record<string, string> = { '\\(': '\\)', '\\[': '\\]', $$: '$$', $: '$' };
// A lone dollar is money until the text after it can only be a formula.
const LIKE_MATH = /^[^\s\d][^\n]*$/;
const TEX_SIGN = /[\\^_={]/;

/** Characters. A longer tail is one huge block, and completing it would cost more than it shows. */
const MAX_COMPLETED = 8000;

/** Closes the last formula that is still open, marked as unfinished. */
function completeMath(text: string): string {
  let open: { mark: string; end: number } | null = null;
  for (const match of text.matchAll(MARKS)) {
    const mark = match[0];
    if (open) {
      if (mark === CLOSERS[open.mark] || mark.startsWith('\n')) open = null;
    } else if (Object.hasOwn(CLOSERS, mark)) {
      open = { mark, end: match.index + mark.length };
    }
  }
  if (!open) return text;
  const tex = text.slice(open.end);
  if (tex.trim() === '') return text;
  if (open.mark === '$' && !(LIKE_MATH.test(tex) && TEX_SIGN.test(tex))) return text;
  return text.trimEnd() + UNFINISHED + (CLOSERS[open.mark] ?? '');
}

/** Without lines at the end that say nothing yet: a mark that is closed there would stand there, and close nothing. */
function withoutEmptyLines(text: string): string {
  const lines = text.split('\n');
  while (lines.length > 1 && /^[\s>]*$/.test(lines.at(-1) ?? '')) lines.pop();
  return lines.join('\n');
}

/**
 * The end of a growing text with its unfinished inline marks closed, so that no raw `**` flashes. For
 * display only: what is committed is always lexed from the text itself.
 */
export function completeTail(text: string): string {
  if (text.length > MAX_COMPLETED) return text;
  return remend(withoutEmptyLines(completeMath(text)), {
    // Formulas are completed above, where prices are told from formulas.
    katex: false,
    inlineKatex: false,
    // Raw HTML is shown as text, so it may grow as text; a single `~` is text anyway; and what marked would do with
    // `>` at the end must be seen while streaming too.
    htmlTags: false,
    singleTilde: false,
    comparisonOperators: false,
  });
}
