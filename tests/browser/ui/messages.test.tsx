import { expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { newId, type ConversationId, type MessageId, type TabId } from '../../../src/shared/ids.ts';
import { chatOf, engineState, generation, messageOf } from '../../support/scripted-state.ts';
import { articles, messageBox, openChat, openPage } from './show-app.tsx';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { openCore } from '../../support/scripted-state.ts';

function fourMessages() {
  const chat = chatOf(['one', 'two', 'three', 'four']);
  const [one, two, three, four] = chat.list;
  if (!one || !two || !three || !four || !chat.conversation) throw new Error('The chat is empty.');
  return { ...chat, conversation: chat.conversation, one, two, three, four };
}

test('the log has one article for each message of the branch, by name', async () => {
  openChat(fourMessages());
  const log = page.getByRole('log', { name: 'Messages' });
  await expect.element(log.getByRole('article', { name: 'You' }).nth(1)).toHaveTextContent('three');
  await expect.element(log.getByRole('article', { name: 'Assistant' }).nth(1)).toHaveTextContent('four');
});

test('a line says above which message the model sees nothing', async () => {
  const chat = fourMessages();
  chat.four.generation = generation({ contextFrom: chat.three.id });
  openChat(chat);
  const line = page.getByRole('separator');
  await expect.element(line).toHaveTextContent('The model no longer sees the messages above.');
  const [, second, third] = articles.elements();
  expect(line.element().compareDocumentPosition(third as Element)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(line.element().compareDocumentPosition(second as Element)).toBe(Node.DOCUMENT_POSITION_PRECEDING);
});

test('the line stands below the last message where the next answer would see only what is typed', async () => {
  const chat = fourMessages();
  const core = openChat(chat);
  core.on('measure', async () => ({ tokens: 4000, contextTokens: 4096, lastUnseen: chat.four.id }));
  await messageBox.fill('A long one');
  await expect.element(page.getByText('the oldest messages are left out')).toBeVisible();
  const line = page.getByRole('separator').element();
  const last = articles.elements().at(-1);
  expect(line.compareDocumentPosition(last as Element)).toBe(Node.DOCUMENT_POSITION_PRECEDING);
});

test('turning to another version shows its branch, and the keyboard stays on the button', async () => {
  const chat = fourMessages();
  const other = messageOf({
    conversationId: chat.conversation.id,
    role: 'assistant',
    parentId: chat.three.id,
    text: 'four again',
  });
  const core = openChat({ ...chat, messages: { ...chat.messages, [other.id]: other } });
  core.on('showBranch', async ({ messageId }) => {
    core.events(`conversation:${chat.conversation.id}`, [
      { type: 'conversation', conversation: { ...chat.conversation, leafId: messageId } },
    ]);
  });
  const next = page.getByRole('button', { name: 'Next version' });
  await expect.element(page.getByText('1/2')).toBeVisible();
  await next.click();
  await expect.element(page.getByText('four again')).toBeVisible();
  await expect.element(page.getByText('2/2')).toBeVisible();
  await expect.element(next).toHaveFocus();
  await expect.element(next).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: 'Previous version' }).click();
  await expect.element(page.getByText('four', { exact: true })).toBeVisible();
});

test('an edit is a sibling of what it edits', async () => {
  const chat = fourMessages();
  const core = openChat(chat);
  await page.getByRole('button', { name: 'Edit' }).nth(1).click();
  await page.getByRole('textbox', { name: 'New wording' }).fill('three, better');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(() => core.calls)
    .toMatchObject([{ method: 'send', args: [{ parentId: chat.two.id, text: 'three, better' }] }]);
  await expect.element(page.getByRole('textbox', { name: 'New wording' })).not.toBeInTheDocument();
});

test('an answer that was cut can go on; any answer can be made again', async () => {
  const chat = fourMessages();
  chat.four.state = 'interrupted';
  const core = openChat(chat);
  await expect.element(page.getByText('Interrupted. The text so far is saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Regenerate' }).nth(0).click();
  const ref = (messageId: MessageId) => ({ conversationId: chat.conversation.id, messageId });
  await expect
    .poll(() => core.calls)
    .toMatchObject([
      { method: 'continueAnswer', args: [ref(chat.four.id)] },
      { method: 'regenerate', args: [ref(chat.two.id)] },
    ]);
});

test('the keyboard goes on in the message box when its button is gone', async () => {
  const chat = fourMessages();
  chat.four.state = 'interrupted';
  const core = openChat(chat);
  const running = { ...chat.four, state: 'running' as const };
  core.on('continueAnswer', async () =>
    core.events(`conversation:${chat.conversation.id}`, [{ type: 'message', message: running }]),
  );
  await expect.element(page.getByRole('button', { name: 'Continue' })).toBeVisible();
  (page.getByRole('button', { name: 'Continue' }).element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('button', { name: 'Continue' })).not.toBeInTheDocument();
  await expect.element(messageBox).toHaveFocus();
});

test('copies on a plain address of the network, where Safari wants something to be selected', async () => {
  openChat(fourMessages());
  vi.stubGlobal('isSecureContext', false);
  onTestFinished(() => void vi.unstubAllGlobals());
  let copied = '';
  let selected = '';
  const look = (event: ClipboardEvent) => {
    copied = event.clipboardData?.getData('text/plain') ?? '';
    selected = getSelection()?.toString() ?? '';
  };
  addEventListener('copy', look);
  onTestFinished(() => removeEventListener('copy', look));
  await page.getByRole('button', { name: 'Copy', exact: true }).nth(3).click();
  await expect.element(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  await expect.element(page.getByRole('status').filter({ hasText: 'Copied' })).toBeInTheDocument();
  expect(copied).toBe('four');
  expect(selected).not.toBe('');
  expect(getSelection()?.toString()).toBe('');
});

test('a waiting answer follows its place in the queue', async () => {
  const chat = fourMessages();
  chat.four.state = 'queued';
  const core = openChat(chat);
  const other = () => ({
    messageId: newId<MessageId>(),
    conversationId: newId<ConversationId>(),
    client: { type: 'tab' as const, tabId: newId<TabId>() },
  });
  const mine = {
    messageId: chat.four.id,
    conversationId: chat.conversation.id,
    client: { type: 'tab' as const, tabId: core.connection.tabId },
  };
  const running = { ...other(), stage: 'writing' as const, tokensPerSecond: null };
  const queue = [
    { ...other(), place: 1 },
    { ...mine, place: 2 },
  ];
  core.snapshot('engine', engineState({ running, queue }));
  await expect.element(page.getByText('Waiting: 2nd in line, behind another tab')).toBeVisible();
  core.events('engine', [
    { type: 'engine', state: engineState({ running, queue: [{ ...mine, place: 1 }] }) },
  ]);
  await expect.element(page.getByText('Waiting: 1st in line, behind another tab')).toBeVisible();
});

test('the end of an answer is announced once, and its tokens are not', async () => {
  const chat = fourMessages();
  chat.four.state = 'running';
  const core = openChat(chat);
  await expect.element(page.getByText('four', { exact: true })).toBeVisible();
  const said: (string | null)[] = [];
  const region = document.querySelector('.visually-hidden[aria-live="polite"]');
  if (!region) throw new Error('There is no live region.');
  new MutationObserver(() => said.push(region.textContent)).observe(region, {
    characterData: true,
    childList: true,
    subtree: true,
  });
  const topic = `conversation:${chat.conversation.id}` as const;
  core.events(topic, [{ type: 'append', messageId: chat.four.id, at: 4, text: ' more' }]);
  core.events(topic, [{ type: 'message', message: { ...chat.four, text: 'four more', state: 'done' } }]);
  await expect.poll(() => said).toEqual(['Answer ready.']);
  expect(page.getByRole('log').element().getAttribute('aria-live')).toBe('off');
});

test.each(['#/c/nonsense', `#/c/${newId<ConversationId>()}`])(
  '%s is not here, and a new chat is near',
  async (to) => {
    const core = makeScriptedCore();
    openCore(core);
    if (!to.includes('nonsense')) {
      core.snapshot(`conversation:${to.slice('#/c/'.length) as ConversationId}`, {
        conversation: null,
        messages: {},
      });
    }
    openPage(core, to);
    await expect.element(page.getByRole('heading', { name: "This conversation isn't here" })).toBeVisible();
    await expect.element(messageBox).not.toBeInTheDocument();
    await page.getByRole('main').getByRole('button', { name: 'New chat' }).click();
    await expect.element(messageBox).toBeVisible();
    expect(location.hash).toBe('#/');
  },
);
