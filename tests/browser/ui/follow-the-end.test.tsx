import { expect, test } from 'vitest';
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
