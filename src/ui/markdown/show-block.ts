import { highlightCode } from './highlight.ts';
import type { Block } from './render.ts';
import { setMarkup } from './sanitize.ts';
import { typesetMath } from './typeset.ts';

function writeText(element: Element, text: string): void {
  const node = element.firstChild;
  if (node instanceof Text && element.childNodes.length === 1 && text.startsWith(node.data)) {
    // Appending keeps a selection, and costs what arrived, not what is there.
    if (text.length > node.data.length) node.appendData(text.slice(node.data.length));
  } else if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Brings `element` from showing `shown` to showing `block`, touching only what differs. */
export function showBlock(element: Element, block: Block, shown: Block | null): void {
  if (block === shown) return;
  if (block.markup !== shown?.markup) {
    setMarkup(element, block.markup);
    typesetMath(element);
  }
  if (block.text !== null) {
    const target = element.querySelector('.md-text');
    if (target) writeText(target, block.text);
  }
  if (block.closed) highlightCode(element);
}
