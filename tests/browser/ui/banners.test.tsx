import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { messageBox, openNewChat } from './show-app.tsx';

const unread = { code: 'storage-failed' as const, message: 'One saved record cannot be read.' };

test('a banner stays as it is while another comes and goes, and leaves the focus to the message box', async () => {
  const core = openNewChat();
  core.snapshot('core', { phase: 'waiting', reason: null });
  const button = page.getByRole('button', { name: 'Use here' });
  const element = button.element() as HTMLElement;
  element.focus();
  core.snapshot('storage', { status: 'ready', error: unread, unsaved: 0 });
  await expect.element(page.getByText(unread.message)).toBeVisible();
  core.snapshot('storage', { status: 'ready', error: null, unsaved: 0 });
  await expect.element(page.getByText(unread.message)).not.toBeInTheDocument();
  expect(document.activeElement).toBe(element);

  core.on('takeOver', async () => core.snapshot('core', { phase: 'open', reason: null }));
  await userEvent.keyboard('{Enter}');
  await expect.element(button).not.toBeInTheDocument();
  await expect.element(messageBox).toHaveFocus();
});
