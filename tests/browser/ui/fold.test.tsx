import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { chatOf } from '../../support/scripted-state.ts';
import { articles, distanceToEnd, openChat, painted, scroller } from './show-app.tsx';

const long = `${'Words of a file. '.repeat(20)}\n`.repeat(200);
const unfold = page.getByRole('button', { name: 'Show all' });
const fold = page.getByRole('button', { name: 'Show less' });

function openLong(texts = [`first words\n${long}last words`, 'an answer']) {
  const chat = chatOf(texts);
  const core = openChat(chat);
  const [message] = chat.list;
  if (!chat.conversation || !message) throw new Error('The chat is empty.');
  return { core, conversation: chat.conversation, message };
}

test('of a long message the beginning is shown, and all of it when asked for', async () => {
  // Enough below it to be left far above when it is folded again.
  openLong([
    `first words\n${long}last words`,
    ...Array.from({ length: 7 }, () => 'A sentence. '.repeat(150)),
  ]);
  await expect.element(unfold).toHaveAttribute('aria-expanded', 'false');
  const text = articles.nth(0).element().querySelector('.message-text');
  expect(unfold.element().getAttribute('aria-controls')).toBe(text?.id);
  expect(text?.textContent.length).toBeLessThan(2100);
  await unfold.click();
  await expect.element(fold).toHaveAttribute('aria-expanded', 'true');
  expect(text?.textContent).toBe(`first words\n${long}last words`);
  await fold.click();
  await expect.element(unfold).toBeInViewport();
  expect(text?.textContent.length).toBeLessThan(2100);
});

test('what is unfolded is read from where one is, though that was the end of the log', async () => {
  openLong();
  await expect.element(unfold).toBeInViewport();
  await expect.poll(distanceToEnd).toBeLessThan(2);
  await painted();
  const { scrollTop } = scroller();
  await unfold.click();
  await painted();
  expect(scroller().scrollTop).toBe(scrollTop);
  expect(distanceToEnd()).toBeGreaterThan(1000);
});

test('a short message has nothing to unfold', async () => {
  openLong(['short', 'an answer']);
  await expect.element(page.getByText('an answer')).toBeVisible();
  await expect.element(unfold).not.toBeInTheDocument();
});

test('a message that a search led to is unfolded, again if need be', async () => {
  const { core, conversation, message } = openLong();
  const { id: conversationId, title } = conversation;
  core.on('search', async () => [{ conversationId, title, messageId: message.id, excerpt: 'last words' }]);
  await page.getByRole('searchbox').fill('last');
  const hit = page.getByRole('link', { name: 'last words' });
  for (let time = 0; time < 2; time++) {
    await hit.click();
    await expect.element(fold).toBeInTheDocument();
    await expect.poll(() => document.activeElement).toBe(articles.nth(0).element());
    await fold.click();
    await expect.element(unfold).toBeVisible();
  }
});
