import { Lexer, Marked, Parser, Renderer, Tokenizer, type Links, type Token, type Tokens } from 'marked';
import { escapeHtml } from './escape-html.ts';
import { mathExtensions } from './math.ts';

/** A piece of an answer that is shown, and shown again, on its own. */
export interface Block {
  /** HTML without anything of the model's left uninterpreted; still to pass the sanitiser. */
  readonly markup: string;
  /** Code (or text not formatted yet) for the `.md-text` element of the markup: kept apart so that it can grow by appending. */
  readonly text: string | null;
  /** A closed block does not change while the text grows. */
  readonly closed: boolean;
}

export type { Links };

const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:)/i;
const LINK_ATTRIBUTES = 'rel="noopener noreferrer nofollow" target="_blank"';
// With the end of its line, which would be a second break.
const LINE_BREAK_TAG = /^<br *\/?>(?: *\n)?/i;
const BLANK_LINE = /\n[ \t]*\n/;

/** The frame of a code block. `code` is empty where the text is written into it later. */
export function codeMarkup(info: string, code = ''): string {
  const language = /^[\w+#.-]{1,30}/.exec(info)?.[0].toLowerCase() ?? '';
  const className = language === '' ? 'hljs md-text' : `hljs md-text language-${escapeHtml(language)}`;
  return (
    '<div class="md-code" dir="ltr"><div class="md-code-head">' +
    `<span class="md-code-language">${escapeHtml(language)}</span>` +
    '<button type="button" class="md-copy">Copy code</button><span class="visually-hidden" role="status"></span></div>' +
    `<pre tabindex="0"><code class="${className}">${escapeHtml(code)}</code></pre></div>`
  );
}

function codeText(token: Tokens.Code): string {
  return token.text.replace(/\n$/, '');
}

/** Text as it is: not formatted yet, or not possible to format. */
export function plainBlock(text: string, closed: boolean): Block {
  return { markup: '<p class="md-text md-plain"></p>', text, closed };
}

// marked calls itself for what is inside a block or a mark. A model caught in a loop (">>>>", "_a _a _a")
// would exhaust the stack, and before it the time: past this depth, marks are text.
const MAX_DEPTH = 24;
let depth = 0;

function nested<A extends unknown[], T>(
  tokenize: (this: Tokenizer, ...args: A) => T,
): (this: Tokenizer, ...args: A) => T | undefined {
  return function (...args) {
    if (depth >= MAX_DEPTH) return undefined;
    depth++;
    try {
      return tokenize.apply(this, args);
    } finally {
      depth--;
    }
  };
}

// marked searches the rest of a paragraph for the end of each emphasis. Where there is none, again and again
// ("_a _a _a"), that is quadratic: after so many characters searched in vain in one pass, marks are text.
const MAX_VAIN_SEARCH = 400_000;
let vainSearch = 0;

// By CommonMark's flanking rule a `**` between punctuation and a letter either opens or closes. Where words stand
// without spaces that leaves `**注意：**请` as it is, and makes the wrong words bold:
// https://github.com/markedjs/marked/issues/3278. There, marks that do not stand before the end of a clause reach to
// the next ones. A single `*` must stand before a bracket or a quote: "长*宽（米）*高" and "删除*.log和*.tmp" keep theirs.
const EMPHASIS = /^(\*{2,3}|\*(?=[\p{Ps}\p{Pi}]))(?![\s*、。，：；！？\p{Pe}\p{Pf}])[^*\n]+?(?<!\s)\1(?!\*)/u;
const EAST_ASIAN = /[\u3000-\u30ff\uff00-\uffef\p{Script=Han}\p{Script=Hangul}]/u;

function eastAsianEmphasis({ lexer }: Tokenizer, src: string, maskedSrc: string, prevChar = '') {
  const [found, marks] = EMPHASIS.exec(maskedSrc.slice(-src.length)) ?? [];
  if (found === undefined || marks === undefined) return undefined;
  const raw = src.slice(0, found.length);
  const beside = [prevChar, raw.at(marks.length), raw.at(-1 - marks.length), src.at(raw.length)];
  if (!EAST_ASIAN.test(beside.join(''))) return undefined;
  // Three marks: the inner two stay in the text, and are found there.
  const type = marks.length === 2 ? ('strong' as const) : ('em' as const);
  const text = type === 'strong' ? raw.slice(2, -2) : raw.slice(1, -1);
  return { type, raw, text, tokens: lexer.inlineTokens(text) };
}

const emphasis = nested(function (this: Tokenizer, src: string, maskedSrc: string, prevChar?: string) {
  if (vainSearch > MAX_VAIN_SEARCH) return undefined;
  const token =
    eastAsianEmphasis(this, src, maskedSrc, prevChar) ??
    Tokenizer.prototype.emStrong.call(this, src, maskedSrc, prevChar);
  if (!token) vainSearch += src.length;
  return token;
});

// `~~` only: with a single `~` people write ranges, "3~5 days".
const strikethrough = nested(function (this: Tokenizer, src: string, maskedSrc: string, prevChar?: string) {
  return src.startsWith('~~') ? Tokenizer.prototype.del.call(this, src, maskedSrc, prevChar) : undefined;
});

// A link may not hold a link; marked's renderer does not say when it is inside one.
let insideLink = false;

const marked = new Marked({
  gfm: true,
  extensions: mathExtensions,
  tokenizer: {
    blockquote: nested(Tokenizer.prototype.blockquote),
    list: nested(Tokenizer.prototype.list),
    emStrong: emphasis,
    del: strikethrough,
    link: nested(Tokenizer.prototype.link),
    reflink: nested(Tokenizer.prototype.reflink),
    // Raw HTML is not Markdown here: it is read, and shown, as the text it is.
    html: () => undefined,
    tag(src) {
      const match = LINE_BREAK_TAG.exec(src);
      // Models break lines in table cells with it, where Markdown has no other way. Typed as a tag, rendered as a break.
      return match ? ({ type: 'br', raw: match[0] } as unknown as Tokens.Tag) : undefined;
    },
    def(src) {
      // A footnote is no link, and would vanish: `[^1]: Wikipedia` is shown as it is.
      if (!/^ {0,3}\[(?!\^)/.test(src)) return undefined;
      // A definition ends at a blank line (CommonMark), also where marked would read its title on.
      const end = src.search(BLANK_LINE);
      return Tokenizer.prototype.def.call(this, end === -1 ? src : src.slice(0, end + 1));
    },
  },
  renderer: {
    code: (token) => codeMarkup(token.lang ?? '', codeText(token)),
    /**
     * Models end the lines of a poem or an address without the two spaces that Markdown asks for. marked has `breaks`
     * for that, and searches a run of spaces from each of them: 30,000 spaces took three seconds.
     */
    text(token) {
      const text = Renderer.prototype.text.call(this, token);
      return 'tokens' in token ? text : text.replaceAll('\n', '<br>');
    },
    checkbox: ({ checked }) =>
      `<input type="checkbox" disabled aria-label="${checked ? 'Done' : 'To do'}"${checked ? ' checked' : ''}> `,
    table(token) {
      return `<div class="md-table" role="group" aria-label="Table" tabindex="0">${Renderer.prototype.table.call(this, token)}</div>`;
    },
    link(token) {
      const outer = insideLink;
      insideLink = true;
      const link = Renderer.prototype.link.call(this, token);
      insideLink = outer;
      if (!link.startsWith('<a ')) return link;
      if (SAFE_ADDRESS.test(token.href)) return link.replace('<a ', `<a ${LINK_ATTRIBUTES} `);
      return `<span class="md-no-link">${link.slice(link.indexOf('>') + 1, -'</a>'.length)}</span>`;
    },
    /** Never loaded: an image address is a way to carry a conversation out of the page. */
    image(token) {
      // Entities stand in it as typed, so `&` stays; every other sign is text.
      const alt = this.parser
        .parseInline(token.tokens, this.parser.textRenderer)
        .replaceAll(/[<>"']/g, escapeHtml);
      const label =
        `<span class="md-image-alt">${alt === '' ? 'Image' : alt}</span>` +
        (SAFE_ADDRESS.test(token.href)
          ? ` <span class="md-image-address">${escapeHtml(token.href)}</span>`
          : '');
      if (insideLink || !SAFE_ADDRESS.test(token.href)) return `<span class="md-image">${label}</span>`;
      return `<a ${LINK_ATTRIBUTES} class="md-image" href="${escapeHtml(token.href)}">${label}</a>`;
    },
  },
});

/** Blocks only, without what is inside them: enough to see where one ends. */
export function lexBlocks(source: string): Token[] {
  return new Lexer(marked.defaults).blockTokens(source);
}

function renderToken(token: Token, closed: boolean): Block {
  return token.type === 'code'
    ? { markup: codeMarkup((token as Tokens.Code).lang ?? ''), text: codeText(token as Tokens.Code), closed }
    : { markup: Parser.parse([token], marked.defaults), text: null, closed };
}

/** `links` are the definitions known before `source`; returns them with those of `source`. */
export function renderBlocks(
  source: string,
  links: Links,
  closed: boolean,
): { blocks: Block[]; links: Links } {
  vainSearch = 0;
  const lexer = new Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(source);
  const blocks = tokens
    .filter((token) => token.type !== 'space' && token.type !== 'def')
    .map((token) => renderToken(token, closed));
  return { blocks, links: tokens.links };
}
