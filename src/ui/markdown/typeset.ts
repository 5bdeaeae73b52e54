import type { KatexOptions } from 'katex';
import { makeLazyChunk } from './lazy-chunk.ts';

/** Characters of TeX. */
const MAX_TEX = 10_000;
/** Formulas kept typeset, so that a growing paragraph does not typeset its first formula at every token. */
const MAX_KEPT = 200;

const OPTIONS: KatexOptions = {
  output: 'htmlAndMathml',
  // No \href, \includegraphics, \htmlClass and the like.
  trust: false,
  strict: 'ignore',
  maxSize: 20,
  maxExpand: 300,
  // Refused TeX stays on the page as its source, which says more than KaTeX's red copy of it.
  throwOnError: true,
};

const katexChunk = makeLazyChunk(async () => {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
  return katex;
});

const kept = new Map<string, Element>();

/** Replaces the formulas under `root` (their source, as code) by typeset ones, now or when KaTeX has come. */
export function typesetMath(root: Element): void {
  for (const source of root.querySelectorAll('code.md-math')) {
    const tex = source.textContent;
    if (tex.length > MAX_TEX) continue;
    katexChunk.use((katex) => {
      const displayMode = source.classList.contains('md-math-display');
      const key = `${displayMode ? 'display' : 'inline'} ${tex}`;
      let formula = kept.get(key);
      if (!formula) {
        formula = document.createElement('span');
        formula.className = source.className;
        try {
          // Into a node, not to a string: KaTeX sets styles through the CSSOM, which a strict CSP allows.
          katex.render(tex, formula as HTMLElement, { ...OPTIONS, displayMode });
        } catch {
          // Not TeX, or not TeX that KaTeX knows.
          return;
        }
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(key, formula);
      }
      source.replaceWith(formula.cloneNode(true));
    });
  }
}
