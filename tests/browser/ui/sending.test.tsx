import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import type { SendCommand } from '../../../src/shared/core-api.ts';
import { addressOf } from '../../../src/ui/state/parse-route.ts';
import { chatOf, conversationOf, openCore } from '../../support/scripted-state.ts';
import { makeScriptedCore, type ScriptedCore } from '../../support/scripted-core.ts';
import { messageBox, openChat, openNewChat, openPage, sendButton, stopButton } from './show-app.tsx';

const sent = (core: ScriptedCore) =>
  core.calls.filter((call) => call.method === 'send').map((call) => call.args[0] as SendCommand);

/** A core that saves what is sent, as far as the screen can see. */
function saves(core: ScriptedCore): void {
  core.on('send', async ({ conversationId }) => {
    core.snapshot(`conversation:${conversationId}`, {
      conversation: conversationOf({ id: conversationId, title: 'Saved' }),
      messages: {},
    });
  });
}

test('a new chat gets its address with its first message, and leaves no hole in the history', async () => {
  const core = openNewChat();
  saves(core);
  const { length } = history;
  await messageBox.fill('Hello');
  await sendButton.click();
  await expect.element(page.getByRole('heading', { name: 'Saved' })).toBeVisible();
  const [command] = sent(core);
  expect(location.hash).toBe(`#/c/${command?.conversationId}`);
  expect(history.length).toBe(length);
  expect(command).toMatchObject({ parentId: null, text: 'Hello' });
  await expect.poll(() => document.title).toBe('Saved · Hearth');
});

test('Enter sends as typed, after the last message; Shift and Enter begin a line', async () => {
  const chat = chatOf(['a', 'b']);
  const core = openChat(chat);
  await messageBox.click();
  await userEvent.keyboard('  two{Shift>}{Enter}{/Shift}lines{Enter}');
  await expect.poll(() => sent(core)).toMatchObject([{ text: '  two\nlines', parentId: chat.list[1]?.id }]);
});

test('a message to a conversation that is still opening waits for its history', async () => {
  const { conversation, messages, list } = chatOf(['a', 'b']);
  if (!conversation) throw new Error('The chat is empty.');
  const core = makeScriptedCore();
  openCore(core, [conversation]);
  openPage(core, addressOf(conversation.id));
  await messageBox.fill('and then?');
  await userEvent.keyboard('{Enter}');
  await expect.element(sendButton).toBeDisabled();
  await expect.element(sendButton).toHaveAccessibleDescription('Waits until this chat is open');
  expect(sent(core)).toEqual([]);
  await expect.element(messageBox).toHaveValue('and then?');
  core.snapshot(`conversation:${conversation.id}`, { conversation, messages });
  await sendButton.click();
  await expect.poll(() => sent(core)).toMatchObject([{ text: 'and then?', parentId: list[1]?.id }]);
});

test('Enter that ends a composition does not send', async () => {
  const core = openChat(chatOf(['a', 'b']));
  await messageBox.fill('にほ');
  const box = messageBox.element();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }));
  // Safari's way: the composition is over, the key code still tells.
  box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }));
  expect(sent(core)).toEqual([]);
});

test('a message that could not be sent stays, with what to do; trying again sends the same ids', async () => {
  const core = openNewChat();
  core.on('send', () => Promise.reject(new AppError('storage-full', 'No space left.')));
  await messageBox.fill('precious');
  await sendButton.click();
  await expect.element(page.getByRole('alert')).toHaveTextContent('No space left. Free some space');
  await expect.element(messageBox).toHaveValue('precious');
  expect(location.hash).toBe('#/');
  saves(core);
  await sendButton.click();
  await expect.element(messageBox).toHaveValue('');
  const [first, second] = sent(core);
  expect(second).toEqual(first);
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('what fails in one chat is told in that one, and holds up no other', async () => {
  const [first, second] = [chatOf(['a', 'b'], { title: 'First' }), chatOf(['c', 'd'], { title: 'Second' })];
  if (!first.conversation || !second.conversation) throw new Error('The chats are empty.');
  const core = makeScriptedCore();
  openCore(core, [first.conversation, second.conversation]);
  for (const { conversation, messages } of [first, second])
    if (conversation) core.snapshot(`conversation:${conversation.id}`, { conversation, messages });
  openPage(core, addressOf(first.conversation.id));
  let fail = (_error: AppError): void => {};
  core.on('send', () => new Promise((_resolve, reject) => (fail = reject)));
  await messageBox.fill('slow');
  await sendButton.click();
  await page.getByRole('link', { name: 'Second' }).click();
  core.on('send', async () => {});
  await messageBox.fill('quick');
  await sendButton.click();
  await expect.poll(() => sent(core)).toMatchObject([{ text: 'slow' }, { text: 'quick' }]);
  fail(new AppError('storage-full', 'No space left.'));
  await page.getByRole('link', { name: 'First' }).click();
  await expect.element(page.getByRole('alert')).toHaveTextContent('No space left.');
  await expect.element(messageBox).toHaveValue('slow');
  await page.getByRole('link', { name: 'Second' }).click();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
});

test('another text is another message', async () => {
  const core = openNewChat();
  core.on('send', () => Promise.reject(new AppError('core-died', 'It died.')));
  await messageBox.fill('one');
  await sendButton.click();
  await expect.element(page.getByRole('alert')).toBeVisible();
  await messageBox.fill('two');
  await sendButton.click();
  await expect.poll(() => sent(core).length).toBe(2);
  expect(sent(core)[0]?.messageId).not.toBe(sent(core)[1]?.messageId);
});

test('what is typed while a message is on its way is kept, and moves to the address of the chat', async () => {
  const core = openNewChat();
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  core.on('send', async ({ conversationId }) => {
    await gate;
    core.snapshot(`conversation:${conversationId}`, {
      conversation: conversationOf({ id: conversationId }),
      messages: {},
    });
  });
  await messageBox.fill('one');
  await userEvent.keyboard('{Enter}');
  await userEvent.type(messageBox, ' and two');
  release();
  await expect.poll(() => location.hash).toContain('#/c/');
  await expect.element(messageBox).toHaveValue(' and two');
});

test('a suggestion is sent at once; when that fails it waits in the composer', async () => {
  const core = openNewChat();
  core.on('send', () => Promise.reject(new AppError('core-died', 'It died.')));
  await page.getByRole('button', { name: 'Show me some math.' }).click();
  await expect.element(messageBox).toHaveValue('Show me some math.');
  expect(sent(core)).toHaveLength(1);
});

function runningChat() {
  const chat = chatOf(['a', 'b']);
  const answer = chat.list[1];
  if (!answer || !chat.conversation) throw new Error('The chat is empty.');
  answer.state = 'running';
  return { ...chat, conversation: chat.conversation, answer };
}

test('while an answer is written Stop stands for Send, typing goes on, and Stop stops that answer', async () => {
  const { answer, ...chat } = runningChat();
  const core = openChat(chat);
  await expect.element(stopButton).toBeVisible();
  await expect.element(sendButton).not.toBeInTheDocument();
  await messageBox.fill('meanwhile');
  await stopButton.click();
  expect(core.calls).toContainEqual({
    method: 'stop',
    args: [{ conversationId: chat.conversation.id, messageId: answer.id }],
  });
  core.events(`conversation:${chat.conversation.id}`, [
    { type: 'message', message: { ...answer, state: 'stopped' } },
  ]);
  await expect.element(sendButton).toBeEnabled();
  await expect.element(messageBox).toHaveValue('meanwhile');
});

test('what is typed while an answer is written can be sent by its button, too', async () => {
  const { answer, ...chat } = runningChat();
  const core = openChat(chat);
  await expect.element(stopButton).toBeVisible();
  await messageBox.fill('meanwhile');
  await sendButton.click();
  await expect.poll(() => sent(core)).toMatchObject([{ text: 'meanwhile', parentId: answer.id }]);
  await expect.element(sendButton).not.toBeInTheDocument();
  await expect.element(messageBox).toHaveFocus();
});

test('a double-click on Send does not stop the answer, whose Stop comes to that place', async () => {
  const { answer, ...chat } = runningChat();
  answer.state = 'done';
  const core = openChat(chat);
  core.on('send', async () =>
    core.events(`conversation:${chat.conversation.id}`, [
      { type: 'message', message: { ...answer, state: 'running' } },
    ]),
  );
  await messageBox.fill('more');
  await userEvent.dblClick(sendButton);
  await expect.element(stopButton).toBeVisible();
  expect(core.calls.map(({ method }) => method)).toEqual(['send']);
  await stopButton.click();
  await expect.poll(() => core.calls.map(({ method }) => method)).toEqual(['send', 'stop']);
});
