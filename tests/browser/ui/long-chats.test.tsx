import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { firstItems } from '../../../src/ui/state/window-range.ts';
import { chatOf } from '../../support/scripted-state.ts';
import { articles, distanceToEnd, openChat, painted, scroller } from './show-app.tsx';

const paragraph = 'Words of a message that takes some room on the screen. '.repeat(30);
const thousand = () => chatOf(Array.from({ length: 1000 }, (_, index) => `${index}: ${paragraph}`));
const articleWith = (text: string) =>
  articles.elements().find((article) => article.textContent?.includes(text));

test('a long chat opens at its end, with a few messages only', async () => {
  openChat(thousand());
  await expect.element(page.getByText('999: Words')).toBeInViewport();
  await painted();
  expect(articles.elements().length).toBeLessThan(firstItems * 3);
});

test('older messages come as one scrolls up, and what is read stays where it is', async () => {
  openChat(thousand());
  await expect.poll(() => articles.elements().length).toBeGreaterThan(3);
  await painted();
  const before = articles.elements().length;
  const first = articles.elements()[0];
  if (!first) throw new Error('There are no messages.');
  first.scrollIntoView();
  const place = first.getBoundingClientRect().top;
  await expect.poll(() => articles.elements().length).toBeGreaterThan(before);
  await painted();
  expect(Math.abs(first.getBoundingClientRect().top - place)).toBeLessThan(2);
  expect(articles.elements()[0]).not.toBe(first);
});

test('new messages at the end push nothing out above', async () => {
  const chat = thousand();
  const core = openChat(chat);
  await expect.poll(() => articles.elements().length).toBeGreaterThan(3);
  await painted();
  const first = articles.elements()[0]?.textContent;
  const { conversation, list } = chatOf(['next'], chat.conversation ?? {});
  const [next] = list;
  if (!next || !conversation || !chat.conversation) throw new Error('The chat is empty.');
  next.parentId = chat.conversation.leafId;
  core.events(`conversation:${conversation.id}`, [
    { type: 'message', message: next },
    { type: 'conversation', conversation: { ...chat.conversation, leafId: next.id } },
  ]);
  await expect.element(page.getByText('next', { exact: true })).toBeVisible();
  expect(articles.elements()[0]?.textContent).toBe(first);
});

test('a search hit far up is brought to the screen', async () => {
  const chat = thousand();
  const core = openChat(chat);
  const target = chat.list[500];
  if (!target || !chat.conversation) throw new Error('The chat is empty.');
  const { id: conversationId, title } = chat.conversation;
  core.on('search', async () => [
    { conversationId, title, messageId: target.id, excerpt: 'a <b>rare</b> word' },
  ]);
  await page.getByRole('searchbox', { name: 'Search conversations' }).fill('rare');
  const hit = page.getByRole('link', { name: 'a <b>rare</b> word' });
  await expect.element(hit.getByText('rare', { exact: true })).toBeVisible();
  await hit.click();
  await expect.poll(() => articleWith('500: Words')).toBeTruthy();
  await expect.poll(() => document.activeElement === articleWith('500: Words')).toBe(true);
  const box = articleWith('500: Words')?.getBoundingClientRect();
  const view = scroller().getBoundingClientRect();
  expect(box && box.top < view.bottom && box.bottom > view.top).toBe(true);
});

test('a search hit at the end moves the chat, and nothing around it', async () => {
  const chat = chatOf(Array.from({ length: 12 }, (_, index) => `${index}: ${paragraph}`));
  const core = openChat(chat);
  const target = chat.list.at(-1);
  if (!target || !chat.conversation) throw new Error('The chat is empty.');
  const { id: conversationId, title } = chat.conversation;
  core.on('search', async () => [{ conversationId, title, messageId: target.id, excerpt: 'here' }]);
  await page.getByRole('searchbox').fill('here');
  await page.getByRole('link', { name: 'here' }).click();
  await expect.poll(() => document.activeElement === articleWith('11: Words')).toBe(true);
  const { scrollTop, scrollHeight, clientHeight } = document.documentElement;
  expect({ scrollTop, scrollHeight }).toEqual({ scrollTop: 0, scrollHeight: clientHeight });
});

test('from a message far up, scrolling down adds what follows, and the button leads to the true end', async () => {
  const chat = thousand();
  const core = openChat(chat);
  const target = chat.list[500];
  if (!target || !chat.conversation) throw new Error('The chat is empty.');
  const { id: conversationId, title } = chat.conversation;
  core.on('search', async () => [{ conversationId, title, messageId: target.id, excerpt: 'here' }]);
  await page.getByRole('searchbox').fill('here');
  await page.getByRole('link', { name: 'here' }).click();
  await expect.poll(() => document.activeElement === articleWith('500: Words')).toBe(true);
  expect(articles.elements().length).toBeLessThan(firstItems * 4);
  expect(articleWith('530: Words')).toBeUndefined();
  for (let top = 0; !articleWith('530: Words') && top < 200; top++) {
    scroller().scrollTop += 400;
    await painted();
  }
  expect(articleWith('530: Words')).toBeTruthy();
  expect(articleWith('999: Words')).toBeUndefined();
  await page.getByRole('button', { name: 'Jump to the end' }).click();
  await expect.element(page.getByText('999: Words')).toBeInViewport();
  await expect.poll(distanceToEnd).toBeLessThan(2);
});
