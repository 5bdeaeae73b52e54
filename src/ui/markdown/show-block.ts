import { highlightCode } from './highlight.ts';
import { patchChildren, writeText } from './patch-nodes.ts';
import type { Block } from './render.ts';
import { setMarkup } from './sanitize.ts';
import { typesetMath } from './typeset.ts';

function showText(element: Element, text: string): void {
  const node = element.firstChild;
  if (node instanceof Text && element.childNodes.length === 1) writeText(node, text);
  else if (element.textContent !== text) element.textContent = text;
}

/** Brings `element` from showing `shown` to showing `block`, touching only what differs. */
export function showBlock(element: Element, block: Block, shown: Block | null): void {
  if (block === shown) return;
  if (block.markup !== shown?.markup) {
    const fresh = document.createElement('div');
    setMarkup(fresh, block.markup);
    // Before they are compared, so that formulas that are typeset already are alike.
    typesetMath(fresh);
    patchChildren(element, fresh);
  }
  if (block.text !== null) {
    const target = element.querySelector('.md-text');
    if (target) showText(target, block.text);
  }
  if (block.closed) highlightCode(element);
}
