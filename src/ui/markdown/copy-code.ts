import { copyText } from '../state/copy-text.ts';

const SAY_FOR_MS = 2000;

/** For a click anywhere in rendered Markdown: acts on the "Copy code" buttons. */
export async function copyCode(event: MouseEvent): Promise<void> {
  const button = event.target instanceof Element ? event.target.closest('button.md-copy') : null;
  const block = button?.closest('.md-code');
  const code = block?.querySelector('pre > code');
  if (!button || !block || !code) return;
  const said = await copyText(code.textContent).then(
    () => 'Copied',
    // Refused by the browser or by the person.
    () => 'Not copied',
  );
  // A name that changes is not said by screen readers, a status is.
  const status = block.querySelector('[role=status]');
  const show = (name: string, news: string) => {
    button.textContent = name;
    if (status) status.textContent = news;
  };
  show(said, said);
  setTimeout(() => show('Copy code', ''), SAY_FOR_MS);
}
