const SAY_FOR_MS = 2000;

async function copyText(code: Element): Promise<boolean> {
  // On an insecure origin (a phone on the local network) there is no clipboard object, only the old command.
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  }
  const selection = getSelection();
  if (!selection) return false;
  selection.selectAllChildren(code);
  const copied = document.execCommand('copy');
  selection.removeAllRanges();
  return copied;
}

/** For a click anywhere in rendered Markdown: acts on the "Copy code" buttons. */
export async function copyCode(event: MouseEvent): Promise<void> {
  const button = event.target instanceof Element ? event.target.closest('button.md-copy') : null;
  const code = button?.closest('.md-code')?.querySelector('pre > code');
  if (!button || !code) return;
  let said: string;
  try {
    said = (await copyText(code)) ? 'Copied' : 'Not copied';
  } catch {
    // Refused by the browser or by the person.
    said = 'Not copied';
  }
  button.textContent = said;
  setTimeout(() => (button.textContent = 'Copy code'), SAY_FOR_MS);
}
