import { makeLazyChunk } from './lazy-chunk.ts';

/** Characters. Highlighting is one synchronous pass; past this it would be felt. */
const MAX_CODE = 50_000;

const languages = makeLazyChunk(() => import('./highlight-languages.ts'));

function languageOf(code: Element): string | null {
  for (const name of code.classList) if (name.startsWith('language-')) return name.slice('language-'.length);
  return null;
}

const PIECE = /<span class="([^"]*)">|(<\/span>)|([^<]+)/g;
const CHARACTERS: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
};

/**
 * highlight.js writes spans with a class and escaped text, nothing else. Reading just that into nodes is safe
 * whatever it wrote, and takes a tenth of the time of the sanitiser, which ten thousand spans would keep busy.
 */
function toNodes(markup: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let parent: Node = fragment;
  for (const [, className, end, text] of markup.matchAll(PIECE)) {
    if (className !== undefined) {
      const span = document.createElement('span');
      span.className = className;
      parent = parent.appendChild(span);
    } else if (end !== undefined) {
      parent = parent.parentNode ?? fragment;
    } else if (text !== undefined) {
      parent.appendChild(new Text(text.replace(/&[^;]+;/g, (name) => CHARACTERS[name] ?? name)));
    }
  }
  return fragment;
}

/** Colours the code blocks under `root`, now or when the languages have come. Only classes are added: nothing moves. */
export function highlightCode(root: Element): void {
  for (const code of root.querySelectorAll('pre > code')) {
    const language = languageOf(code);
    const source = code.textContent;
    if (language === null || source.length > MAX_CODE || code.childElementCount > 0) continue;
    languages.use(({ highlight }) => {
      // The text may have changed while the languages were on their way.
      if (code.textContent !== source) return;
      const markup = highlight(source, language);
      if (markup !== null) code.replaceChildren(toNodes(markup));
    });
  }
}
