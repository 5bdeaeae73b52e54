import type { TokenizerAndRendererExtension, Tokens } from 'marked';
import { escapeHtml } from './escape-html.ts';

interface MathToken extends Tokens.Generic {
  type: 'math';
  tex: string;
  display: boolean;
}

/**
 * Ends the source of a formula whose closing mark has not arrived yet, so that it is shown as source and
 * not typeset at every token. A private-use character: no font and no TeX gives it a meaning.
 */
export const UNFINISHED = '\u{E0FF}';

// The alternatives of each source are disjoint and their number is bounded, so a text full of openers costs
// no more than its length. A blank line ends every formula, as in TeX; the block splitter relies on it.
const DOLLARS = String.raw`\$\$(?!\$)((?:\\[^\n]|\\(?=\n)|[^\\$\n]|\$(?!\$)|\n(?![ \t]*\n)){1,4000})\$\$`;
const BRACKETS = String.raw`\\\[((?:\\[^\n\]]|\\(?=\n)|[^\\\n]|\n(?![ \t]*\n)){1,4000})\\\]`;
const PARENTHESES = String.raw`\\\(((?:\\[^\n)]|\\(?=\n)|[^\\\n]|\n(?![ \t]*\n)){1,1000})\\\)`;
const DOLLAR = String.raw`\$(?![\s$])((?:\\[^\n]|[^\\$\n]){0,1000}(?:\\[^\s]|[^\\$\s]))\$(?![\w$])`;

const BLOCK = new RegExp(String.raw`^ {0,3}(?:${DOLLARS}|${BRACKETS})[ \t]*(?:\n|$)`);
// With the end of its line, which would be an empty one below the formula.
const DISPLAY = new RegExp(`^(?:${DOLLARS}|${BRACKETS})(?: *\\n)?`);
const INLINE = new RegExp(`^(?:${PARENTHESES}|${DOLLAR})`);
const BLOCK_OPENER = /\n {0,3}(?:\$\$|\\\[)/;
const BLANK_LINE = /\n[ \t]*\n/;
// "$5 or 10$", but not "$5$" and not "$7 \bmod 3$".
const PRICE = /^\d(?=.*(?<![\\a-zA-Z])[a-zA-Z]{2})/;

function mathToken(match: RegExpExecArray, display: boolean): MathToken | undefined {
  const tex = (match[1] ?? match[2] ?? '').trim();
  if (tex === '' || (match[0].startsWith('$') && !display && PRICE.test(tex))) return undefined;
  return { type: 'math', raw: match[0], tex, display };
}

function renderMath(token: Tokens.Generic): string {
  const { tex, display } = token as MathToken;
  // The source as code is what shows until KaTeX is there, and what stays when KaTeX refuses it.
  if (tex.endsWith(UNFINISHED)) return `<code>${escapeHtml(tex.slice(0, -UNFINISHED.length))}</code>`;
  const code = `<code class="md-math${display ? ' md-math-display' : ''}">${escapeHtml(tex)}</code>`;
  return display ? `<div class="md-math-block">${code}</div>` : code;
}

/** Block first: `$$` and `\[` on lines of their own keep lines such as "+ b" from becoming lists. */
export const mathExtensions: TokenizerAndRendererExtension[] = [
  {
    name: 'math',
    level: 'block',
    start(src) {
      // Only as far as the paragraph reaches: marked asks this for every paragraph, with all the text after it.
      const end = src.search(BLANK_LINE);
      const found = BLOCK_OPENER.exec(end === -1 ? src : src.slice(0, end));
      return found ? found.index + 1 : undefined;
    },
    tokenizer(src) {
      const match = BLOCK.exec(src);
      return match ? mathToken(match, true) : undefined;
    },
    renderer: renderMath,
  },
  {
    name: 'inline-math',
    level: 'inline',
    start(src) {
      const index = src.indexOf('$');
      return index === -1 ? undefined : index;
    },
    tokenizer(src) {
      const first = src.charCodeAt(0);
      if (first !== 36 && first !== 92) return undefined;
      const display = DISPLAY.exec(src);
      if (display) return mathToken(display, true);
      const inline = INLINE.exec(src);
      return inline ? mathToken(inline, false) : undefined;
    },
  },
];
