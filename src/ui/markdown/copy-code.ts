import { copyText } from '../state/copy-text.ts';

const SAY_FOR_MS = 2000;

/** For a click anywhere in rendered Markdown: acts on the "Copy code" buttons. */
export async function copyCode(event: MouseEvent): Promise<void> {
  const button = event.target instanceof Element ? event.target.closest('button.md-copy') : null;
  const code = button?.closest('.md-code')?.querySelector('pre > code');
  if (!button || !code) return;
  const said = await copyText(code.textContent).then(
    () => 'Copied',
    // Refused by the browser or by the person.
    () => 'Not copied',
  );
  button.textContent = said;
  setTimeout(() => (button.textContent = 'Copy code'), SAY_FOR_MS);
}
