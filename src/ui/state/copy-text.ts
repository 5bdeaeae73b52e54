/** Puts text on the clipboard. Throws when the browser does not let it. */
export async function copyText(text: string): Promise<void> {
  if (isSecureContext) return navigator.clipboard.writeText(text);
  // Pages on plain-HTTP LAN addresses have no `navigator.clipboard`; the command copies what this listener gives it.
  const give = (event: ClipboardEvent) => {
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
  };
  // Safari copies only where something is selected, whatever it is.
  const selection = getSelection();
  const before = selection?.rangeCount ? selection.getRangeAt(0) : null;
  selection?.selectAllChildren(document.body);
  document.addEventListener('copy', give);
  try {
    if (!document.execCommand('copy'))
      throw new DOMException('The browser refused to copy.', 'NotAllowedError');
  } finally {
    document.removeEventListener('copy', give);
    selection?.removeAllRanges();
    if (before) selection?.addRange(before);
  }
}
