import { expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import { newId, type MessageId } from '../../../src/shared/ids.ts';
import { chatOf, conversationOf, engineState, openCore } from '../../support/scripted-state.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { addressOf } from '../../../src/ui/state/parse-route.ts';
import { messageBox, openPage } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/ConversationMenu.tsx';
import '../../../src/ui/views/Toasts.tsx';

const list = page.getByRole('navigation', { name: 'Conversations' });

function openTwo() {
  const core = makeScriptedCore();
  const chat = chatOf(['a', 'b'], { title: 'Open one' });
  const other = conversationOf({ title: 'Other one', updatedAt: Date.now() - 1000 });
  if (!chat.conversation) throw new Error('The chat is empty.');
  core.snapshot(`conversation:${chat.conversation.id}`, {
    conversation: chat.conversation,
    messages: chat.messages,
  });
  openCore(core, [chat.conversation, other]);
  openPage(core, addressOf(chat.conversation.id));
  return { core, chat: chat.conversation, other };
}

test('the open one is marked, and one that is being answered shows it', async () => {
  const { core, other } = openTwo();
  await expect.element(list.getByRole('link', { name: 'Open one' })).toHaveAttribute('aria-current', 'page');
  await expect.element(list.getByRole('link', { name: 'Other one' })).not.toHaveAttribute('aria-current');
  const running = {
    messageId: newId<MessageId>(),
    conversationId: other.id,
    client: { type: 'tab' as const, tabId: core.connection.tabId },
    stage: 'writing' as const,
    tokensPerSecond: null,
  };
  core.events('engine', [{ type: 'engine', state: engineState({ running }) }]);
  await expect.element(list.getByRole('link', { name: 'Answering Other one' })).toBeVisible();
});

test('how full a chat is says nothing of the next one, though that is being answered', async () => {
  const { core, other } = openTwo();
  const busy = chatOf(['c', 'd'], other);
  const [, answer] = busy.list;
  if (answer) answer.state = 'running';
  const id = other.id;
  const messages = Object.fromEntries(
    busy.list.map((message) => [message.id, { ...message, conversationId: id }]),
  );
  core.snapshot(`conversation:${id}`, { conversation: busy.conversation, messages });
  core.on('measure', async () => ({ tokens: 5000, contextTokens: 4096, lastUnseen: newId<MessageId>() }));
  await messageBox.fill('more');
  const full = page.getByText('the oldest messages are left out');
  await expect.element(full).toBeVisible();
  await list.getByRole('link', { name: 'Other one' }).click();
  await expect.element(page.getByRole('article').getByText('d', { exact: true })).toBeVisible();
  await expect.element(full).not.toBeInTheDocument();
});

test('deleting the open one leads to a new chat; Undo brings both back', async () => {
  const { core, chat } = openTwo();
  core.on('remove', async (id) => core.events('conversations', [{ type: 'removed', id }]));
  core.on('restore', async () => core.events('conversations', [{ type: 'put', conversation: chat }]));
  await page.getByRole('button', { name: 'Options' }).nth(0).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect.element(list.getByRole('link', { name: 'Open one' })).not.toBeInTheDocument();
  await expect.poll(() => location.hash).toBe('#/');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(list.getByRole('link', { name: 'Open one' })).toBeVisible();
  await expect.poll(() => location.hash).toBe(addressOf(chat.id));
});

test('Undo takes nobody out of the chat that they have opened since', async () => {
  const { core, chat, other } = openTwo();
  core.snapshot(`conversation:${other.id}`, { conversation: other, messages: {} });
  core.on('remove', async (id) => core.events('conversations', [{ type: 'removed', id }]));
  core.on('restore', async () => core.events('conversations', [{ type: 'put', conversation: chat }]));
  await page.getByRole('button', { name: 'Options' }).nth(0).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect.poll(() => location.hash).toBe('#/');
  await list.getByRole('link', { name: 'Other one' }).click();
  await expect.poll(() => location.hash).toBe(addressOf(other.id));
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.element(list.getByRole('link', { name: 'Open one' })).toBeVisible();
  expect(location.hash).toBe(addressOf(other.id));
});

test.each([
  ['shown again', () => document.dispatchEvent(new Event('visibilitychange'))],
  ['gone to', () => window.dispatchEvent(new Event('focus'))],
])('after a night’s sleep, which no timer counts, today is right once the page is %s', async (_, wake) => {
  openTwo();
  await expect.element(list.getByRole('heading', { name: 'Today' })).toBeVisible();
  const { now } = Date;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 24 * 60 * 60 * 1000);
  onTestFinished(() => clock.mockRestore());
  wake();
  await expect.element(list.getByRole('heading', { name: 'Yesterday' })).toBeVisible();
  await expect.element(list.getByRole('heading', { name: 'Today' })).not.toBeInTheDocument();
});

test('a title is renamed in place', async () => {
  const { core, other } = openTwo();
  await page.getByRole('button', { name: 'Options' }).nth(1).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await expect.element(title).toHaveFocus();
  await title.fill('  A better name ');
  // Safari's Enter that ends a composition.
  title.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }));
  await expect.element(title).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => core.calls).toContainEqual({ method: 'rename', args: [other.id, 'A better name'] });
  expect(core.calls.filter((call) => call.method === 'rename')).toHaveLength(1);
  await expect.element(list.getByRole('link', { name: 'Other one' })).toHaveFocus();
});

test('a title that could not be saved is there to be tried again', async () => {
  const { core } = openTwo();
  core.on('rename', () => Promise.reject(new AppError('storage-full', 'No space left.')));
  // Something else of the same chat that takes its time holds nothing up.
  core.on('writeMarkdown', () => new Promise(() => {}));
  const options = page.getByRole('button', { name: 'Options' }).nth(1);
  await options.click();
  await page.getByRole('menuitem', { name: 'Save as Markdown' }).click();
  await options.click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await title.fill('A better name');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText('No space left.')).toBeVisible();
  await expect.element(title).toHaveValue('A better name');
  await expect.element(title).toHaveFocus();
});

test('a press elsewhere ends the renaming, and the focus stays where it was pressed', async () => {
  const { core, other } = openTwo();
  await page.getByRole('button', { name: 'Options' }).nth(1).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const title = page.getByRole('textbox', { name: 'Title' });
  await title.fill('A better name');
  await messageBox.click();
  await expect.poll(() => core.calls).toContainEqual({ method: 'rename', args: [other.id, 'A better name'] });
  await expect.element(title).not.toBeInTheDocument();
  await expect.element(messageBox).toHaveFocus();
});

test('the latest search wins, and Escape ends it', async () => {
  const { core, chat } = openTwo();
  let release = () => {};
  const slow = new Promise<void>((resolve) => (release = resolve));
  core.on('search', async (query) => {
    if (query === 'first') await slow;
    return [{ conversationId: chat.id, title: `About ${query}`, messageId: null, excerpt: '' }];
  });
  await userEvent.keyboard('{Control>}k{/Control}');
  const box = page.getByRole('searchbox', { name: 'Search conversations' });
  await expect.element(box).toHaveFocus();
  await box.fill('first');
  const escape = { key: 'Escape', isComposing: true, bubbles: true };
  box.element().dispatchEvent(new KeyboardEvent('keydown', escape));
  await expect.element(box).toHaveValue('first');
  await expect.poll(() => core.calls.length).toBe(1);
  await box.fill('second');
  await expect.element(page.getByRole('link', { name: 'About second' })).toBeVisible();
  release();
  await slow;
  await expect.element(page.getByRole('link', { name: 'About second' })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(box).toHaveValue('');
  await expect.element(list.getByRole('link', { name: 'Other one' })).toBeVisible();
});

test('a search is no longer than it is worth', async () => {
  openTwo();
  await expect.element(page.getByRole('searchbox')).toHaveAttribute('maxlength', '200');
});

test('how many were found is said, and not each of them', async () => {
  const { core, chat } = openTwo();
  const hit = { conversationId: chat.id, messageId: null, excerpt: 'of a kind' };
  core.on('search', async () => ['One', 'Two'].map((title) => ({ ...hit, title })));
  await page.getByRole('searchbox').fill('kind');
  await expect.element(list.getByText('2 results')).toBeInTheDocument();
  expect(list.getByText('2 results').element().closest('[aria-live="polite"]')).not.toBeNull();
  expect(list.getByRole('link', { name: 'One' }).element().closest('[aria-live]')).toBeNull();
});

test('nothing found is said', async () => {
  openTwo();
  await page.getByRole('searchbox').fill('zzz');
  await expect.element(page.getByText('Nothing found for “zzz”.')).toBeVisible();
});

test('the keyboard begins a new chat, ready to type', async () => {
  openTwo();
  await userEvent.keyboard('{Control>}{Shift>}O{/Shift}{/Control}');
  await expect.element(messageBox).toHaveFocus();
  expect(location.hash).toBe('#/');
});

test('keys act on nothing behind an open dialog', async () => {
  const { chat } = openTwo();
  await page.getByRole('button', { name: 'Devices' }).click();
  const dialog = page.getByRole('dialog', { name: 'Devices' });
  await expect.element(dialog).toBeVisible();
  await userEvent.keyboard('{Control>}{Shift>}O{/Shift}{/Control}');
  expect(location.hash).toBe(addressOf(chat.id));
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await userEvent.keyboard('{Control>}{Shift>}O{/Shift}{/Control}');
  expect(location.hash).toBe('#/');
});

test('on a narrow screen the list is a drawer that covers the rest', async () => {
  await page.viewport(390, 800);
  openTwo();
  const toggle = page.getByRole('button', { name: 'Show conversations' });
  await expect.element(toggle).toHaveAttribute('aria-expanded', 'false');
  await expect.element(list).not.toBeInTheDocument();
  await toggle.click();
  await expect.element(list.getByRole('button', { name: 'Close' })).toHaveFocus();
  expect(document.querySelector('main')?.inert).toBe(true);
  await userEvent.keyboard('{Escape}');
  await expect.element(toggle).toHaveFocus();
  expect(document.querySelector('main')?.inert).toBe(false);
});

test('of thousands of conversations some are rendered, and the others as one scrolls there', async () => {
  const core = makeScriptedCore();
  const updatedAt = Date.now();
  const many = Array.from({ length: 3000 }, (_, index) =>
    conversationOf({ title: `Number ${index}`, updatedAt: updatedAt - index }),
  );
  openCore(core, many);
  openPage(core, '#/');
  const links = () => list.getByRole('link', { includeHidden: true }).elements().length;
  await expect.element(list.getByRole('link', { name: 'Number 0' })).toBeVisible();
  const first = links();
  expect(first).toBeLessThan(300);
  const scroller = document.querySelector('.sidebar-list');
  scroller?.scrollTo({ top: scroller.scrollHeight });
  await expect.poll(links).toBeGreaterThan(first);
  // By keyboard, too.
  const before = links();
  const older = list.getByRole('button', { name: 'Older conversations' });
  (older.element() as HTMLElement).focus({ preventScroll: true });
  await userEvent.keyboard('{Enter}');
  await expect.poll(links).toBeGreaterThan(before);
  await expect.element(older).toHaveFocus();
});
