import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { draftKey } from '../../../src/ui/state/draft-store.ts';
import { addressOf } from '../../../src/ui/state/parse-route.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import type { SendCommand } from '../../../src/shared/core-api.ts';
import { chatOf, openCore } from '../../support/scripted-state.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { messageBox, openChat, openNewChat, openPage, pretendTouch } from './show-app.tsx';

const storedKeys = () => [...Object.keys(localStorage), ...Object.keys(sessionStorage)];

test('what is typed outlives a reload', async () => {
  const core = openNewChat();
  await messageBox.fill('half a thought');
  openPage(core, '#/');
  await expect.element(messageBox).toHaveValue('half a thought');
});

test('each conversation keeps its own', async () => {
  const core = makeScriptedCore();
  const [one, two] = [chatOf(['a'], { title: 'One' }), chatOf(['b'], { title: 'Two' })];
  if (!one.conversation || !two.conversation) throw new Error('The chats are empty.');
  for (const { conversation, messages } of [one, two]) {
    if (conversation) core.snapshot(`conversation:${conversation.id}`, { conversation, messages });
  }
  openCore(core, [one.conversation, two.conversation]);
  openPage(core, addressOf(one.conversation.id));
  await messageBox.fill('for one');
  await page.getByRole('link', { name: 'Two' }).click();
  await expect.element(messageBox).toHaveValue('');
  await messageBox.fill('for two');
  history.back();
  await expect.element(messageBox).toHaveValue('for one');
});

test('a draft that was sent is gone, here and in storage', async () => {
  openChat(chatOf(['a', 'b']));
  await messageBox.fill('sent');
  await userEvent.keyboard('{Enter}');
  await expect.element(messageBox).toHaveValue('');
  expect(storedKeys()).toEqual([]);
});

test('a tab that sends the draft of a new chat takes nothing from another one', async () => {
  openNewChat();
  await messageBox.fill('mine');
  localStorage.removeItem(draftKey(null));
  dispatchEvent(new StorageEvent('storage', { key: draftKey(null), oldValue: 'theirs', newValue: null }));
  expect(localStorage.getItem(draftKey(null))).toBe('mine');
});

test('a reload brings back what was typed in this tab, whatever another one typed since', async () => {
  const core = openNewChat();
  await messageBox.fill('mine');
  localStorage.setItem(draftKey(null), 'theirs');
  openPage(core, '#/');
  await expect.element(messageBox).toHaveValue('mine');
});

test('a draft that was only read here goes when the tab that typed it sends it', async () => {
  localStorage.setItem(draftKey(null), 'theirs');
  openNewChat();
  await expect.element(messageBox).toHaveValue('theirs');
  localStorage.removeItem(draftKey(null));
  dispatchEvent(new StorageEvent('storage', { key: draftKey(null), oldValue: 'theirs', newValue: null }));
  await expect.element(messageBox).toHaveValue('');
  expect(localStorage.getItem(draftKey(null))).toBeNull();
});

const editor = page.getByRole('textbox', { name: 'New wording' });

test('an edit outlives a reload too', async () => {
  const chat = chatOf(['first words', 'answer']);
  const core = openChat(chat);
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect.element(editor).toHaveFocus();
  await editor.fill('better words');
  openPage(core, location.hash);
  await expect.element(editor).toHaveValue('better words');
  // An input method's Escape, the second as Safari sends it, drops a conversion and nothing else.
  for (const init of [{ isComposing: true }, { keyCode: 229 }])
    editor.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, ...init }));
  await expect.element(editor).toHaveValue('better words');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(page.getByText('first words')).toBeVisible();
  expect(storedKeys()).toEqual([]);
});

test('what is typed in the editor while its words are being saved stays there, and is saved on its own', async () => {
  const core = openChat(chatOf(['first words', 'answer']));
  let release = () => {};
  core.on('send', () => new Promise((resolve) => (release = resolve)));
  await page.getByRole('button', { name: 'Edit' }).click();
  await editor.fill('better words');
  await page.getByRole('button', { name: 'Save' }).click();
  await editor.fill('better words still');
  release();
  await expect.element(page.getByRole('button', { name: 'Save' })).toBeEnabled();
  await expect.element(editor).toHaveValue('better words still');
  core.on('send', async () => {});
  // Until the first command has ended, another is dropped.
  await expect.poll(() => userEvent.keyboard('{Enter}').then(() => editor.query())).toBeNull();
  const [first, second] = core.calls.filter(({ method }) => method === 'send').map(({ args }) => args[0]);
  expect(second).toMatchObject({ text: 'better words still' });
  expect((second as SendCommand).answerId).not.toBe((first as SendCommand).answerId);
});

test('an edit that could not be saved keeps its ids, and other words get their own', async () => {
  const core = openChat(chatOf(['first words', 'answer']));
  core.on('send', () => Promise.reject(new AppError('core-died', 'It died.')));
  const save = async () => {
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.element(page.getByRole('alert')).toBeVisible();
  };
  await page.getByRole('button', { name: 'Edit' }).click();
  await editor.fill('better words');
  await save();
  await save();
  await editor.fill('the best words');
  await save();
  const [first, again, other] = core.calls
    .filter(({ method }) => method === 'send')
    .map(({ args }) => args[0] as SendCommand);
  expect(again).toEqual(first);
  expect(other?.text).toBe('the best words');
  expect(other?.messageId).not.toBe(first?.messageId);
  expect(other?.answerId).not.toBe(first?.answerId);
});

test('on touch Enter begins a line in the editor: its keyboard has no other way', async () => {
  pretendTouch();
  const core = openChat(chatOf(['first words', 'answer']));
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect.element(editor).toHaveAttribute('enterkeyhint', 'enter');
  await editor.fill('one');
  await userEvent.type(editor, '{Enter}two');
  await expect.element(editor).toHaveValue('one\ntwo');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.element(editor).not.toBeInTheDocument();
  expect(core.calls.at(-1)?.args).toMatchObject([{ text: 'one\ntwo' }]);
});

const takeButton = page.getByRole('button', { name: 'Take your text to a new chat' });

test('what was typed in a conversation that another tab deletes goes to the new chat, below what is there', async () => {
  localStorage.setItem(draftKey(null), 'begun elsewhere');
  const chat = chatOf(['first words', 'answer']);
  const core = openChat(chat);
  await messageBox.fill('half a thought');
  await page.getByRole('button', { name: 'Edit' }).click();
  await editor.fill('better words');
  const [message] = chat.list;
  if (!message) throw new Error('The chat is empty.');
  await expect.element(editor).toHaveFocus();
  core.events(`conversation:${message.conversationId}`, [{ type: 'gone' }]);
  await expect.element(page.getByRole('heading', { name: "This conversation isn't here" })).toHaveFocus();
  await takeButton.click();
  await expect.element(messageBox).toHaveValue('begun elsewhere\n\nhalf a thought\n\nbetter words');
  await expect.element(messageBox).toHaveFocus();
  expect(location.hash).toBe('#/');
  expect(new Set(storedKeys())).toEqual(new Set([draftKey(null)]));
});

test('where nothing was typed in what is gone, the draft of the new chat is not offered as its text', async () => {
  localStorage.setItem(draftKey(null), 'for a new chat');
  const core = makeScriptedCore();
  const id = newId<ConversationId>();
  core.snapshot(`conversation:${id}`, { conversation: null, messages: {} });
  openCore(core);
  for (const address of [addressOf(id), '#/c/nonsense']) {
    openPage(core, address);
    await expect.element(page.getByRole('heading', { name: "This conversation isn't here" })).toBeVisible();
    await expect.element(takeButton).not.toBeInTheDocument();
  }
});
