/** Changes only the end that differs: what is selected before it stays, and appending costs what arrived. */
export function writeText(node: Text, text: string): void {
  const { data } = node;
  let same = text.startsWith(data) ? data.length : 0;
  while (same < data.length && data[same] === text[same]) same++;
  if (same < Math.max(data.length, text.length)) node.replaceData(same, data.length - same, text.slice(same));
}

/** Whether two elements are alike but for what is in them. */
function isSameElement(a: Node, b: Node): boolean {
  return a.cloneNode(false).isEqualNode(b.cloneNode(false));
}

function patchNode(shown: ChildNode, fresh: ChildNode): void {
  if (shown.isEqualNode(fresh)) return;
  if (shown instanceof Text && fresh instanceof Text) {
    writeText(shown, fresh.data);
  } else if (!(shown instanceof Element) || shown.matches('.md-math') || !isSameElement(shown, fresh)) {
    // A formula is typeset as a whole, perhaps only when KaTeX has come.
    shown.replaceWith(fresh);
  } else if (!shown.matches('.md-copy, [role=status]')) {
    // These say what `copy-code.ts` made them say.
    patchChildren(shown, fresh);
  }
}

/**
 * Makes what is in `shown` equal to what is in `fresh`, and takes over only nodes that differ. A list or a table that
 * grows differs at its end: a selection, the focus and a scroll position in the rest of it stay.
 */
export function patchChildren(shown: Node, fresh: Node): void {
  const news = [...fresh.childNodes];
  const olds = [...shown.childNodes];
  for (const extra of olds.slice(news.length)) extra.remove();
  for (const [index, node] of news.entries()) {
    const old = olds[index];
    if (old) patchNode(old, node);
    else shown.appendChild(node);
  }
}
