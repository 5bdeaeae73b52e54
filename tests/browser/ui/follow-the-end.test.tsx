import { expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { Message } from '../../../src/shared/conversation.ts';
import { chatOf } from '../../support/scripted-state.ts';
import type { ScriptedCore } from '../../support/scripted-core.ts';
import { distanceToEnd, messageBox, openChat, painted, scroller } from './show-app.tsx';

const long = 'A line of a long story.\n\n'.repeat(60);
const jumpButton = page.getByRole('button', { name: 'Jump to the end' });

async function openGrowingChat() {
  const chat = chatOf(['Tell me a story.', long]);
  const answer = chat.list[1];
  if (!answer) throw new Error('The chat is empty.');
  answer.state = 'running';
  const core = openChat(chat);
  await expect.poll(() => scroller().scrollHeight).toBeGreaterThan(1500);
  await expect.poll(distanceToEnd).toBeLessThan(2);
  return { core, answer };
}

function grow(core: ScriptedCore, answer: Message): void {
  const text = 'And one more line of it.\n\n'.repeat(5);
  core.events(`conversation:${answer.conversationId}`, [
    { type: 'append', messageId: answer.id, at: answer.text.length, text },
  ]);
  answer.text += text;
}

test('a new chat on a small screen is read from its top', async () => {
  await page.viewport(375, 480);
  const { core } = await openGrowingChat();
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.getByRole('button', { name: 'New chat' }).click();
  await expect.element(page.getByRole('heading', { name: 'What shall we talk about?' })).toBeVisible();
  await painted();
  expect(distanceToEnd()).toBeGreaterThan(20);
  expect(scroller().scrollTop).toBe(0);
  await expect.element(jumpButton).not.toBeInTheDocument();
  expect(core.calls).toEqual([]);
});

test('the end stays in view while an answer grows', async () => {
  const { core, answer } = await openGrowingChat();
  const { scrollHeight } = scroller();
  grow(core, answer);
  await painted();
  expect(scroller().scrollHeight).toBeGreaterThan(scrollHeight);
  expect(distanceToEnd()).toBeLessThan(2);
});

test('scrolling up a little stops it, and nothing moves any more', async () => {
  const { core, answer } = await openGrowingChat();
  scroller().scrollTop -= 20;
  await painted();
  const { scrollTop } = scroller();
  for (let i = 0; i < 5; i++) {
    grow(core, answer);
    await painted();
  }
  expect(scroller().scrollTop).toBe(scrollTop);
  expect(distanceToEnd()).toBeGreaterThan(400);
});

test('the button leads back to the end, and following begins again', async () => {
  const { core, answer } = await openGrowingChat();
  scroller().scrollTop = 0;
  await jumpButton.click();
  expect(distanceToEnd()).toBeLessThan(2);
  await expect.element(jumpButton).not.toBeInTheDocument();
  grow(core, answer);
  await painted();
  expect(distanceToEnd()).toBeLessThan(2);
});

test('by keyboard, the button leaves the focus to the message box', async () => {
  await openGrowingChat();
  scroller().scrollTop = 0;
  await expect.element(jumpButton).toBeVisible();
  (jumpButton.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(jumpButton).not.toBeInTheDocument();
  await expect.element(messageBox).toHaveFocus();
});

test('sending goes to the end', async () => {
  await openGrowingChat();
  scroller().scrollTop = 0;
  await expect.element(jumpButton).toBeVisible();
  await messageBox.fill('Go on.');
  await userEvent.keyboard('{Enter}');
  await expect.poll(distanceToEnd).toBeLessThan(2);
});

test('a composer that grows does not hide the end', async () => {
  await openGrowingChat();
  await messageBox.fill('line\n'.repeat(6));
  await painted();
  expect(distanceToEnd()).toBeLessThan(2);
});

/** As in a browser that makes no field as high as its text, and keeps no place while things move. */
function withoutNewerCss(): void {
  const supports: (...args: string[]) => boolean = CSS.supports.bind(CSS);
  const mock = vi
    .spyOn(CSS, 'supports')
    .mockImplementation(
      (...args: string[]) =>
        !['field-sizing', 'overflow-anchor'].includes(args[0] ?? '') && supports(...args),
    );
  const style = document.createElement('style');
  style.textContent = 'textarea { field-sizing: fixed !important; } * { overflow-anchor: none; }';
  document.head.append(style);
  onTestFinished(() => {
    mock.mockRestore();
    style.remove();
  });
}

test('typing in a draft of two lines leaves the end in view where the page measures it', async () => {
  withoutNewerCss();
  const { core, answer } = await openGrowingChat();
  await messageBox.fill('one\ntwo');
  await painted();
  expect(distanceToEnd()).toBeLessThan(2);
  for (const key of 'abc') {
    await userEvent.type(messageBox, key);
    await painted();
    expect(distanceToEnd()).toBeLessThan(2);
  }
  grow(core, answer);
  await painted();
  expect(distanceToEnd()).toBeLessThan(2);
});

test('and what is typed in is as high as its text, in the composer and in the editor', async () => {
  withoutNewerCss();
  openChat(chatOf(['first words', 'answer']));
  await page.getByRole('button', { name: 'Edit' }).click();
  for (const field of [messageBox, page.getByRole('textbox', { name: 'New wording' })]) {
    await field.fill('one');
    const height = () => field.element().clientHeight;
    const oneLine = height();
    await field.fill('line\n'.repeat(5));
    expect(height()).toBeGreaterThan(oneLine * 2);
    await field.fill('one');
    expect(height()).toBe(oneLine);
  }
});
