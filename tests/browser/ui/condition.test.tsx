import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import { chatOf, conversationOf, engineState, pocket } from '../../support/scripted-state.ts';
import { messageBox, openChat, openNewChat, sendButton } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/Toasts.tsx';

const engine = engineState({ model: { ...pocket, conditions: ['GPT4 Correct', 'Math Correct'] } });
const select = page.getByRole('combobox', { name: 'Condition' });

test('a condition that is refused is set back, with the reason', async () => {
  const core = openChat(chatOf(['a', 'b']));
  core.snapshot('engine', engine);
  core.on('setCondition', () => Promise.reject(new AppError('storage-failed', 'It could not be saved.')));
  await select.selectOptions('Math Correct');
  await expect.element(page.getByText('It could not be saved.')).toBeVisible();
  await expect.element(select).toHaveValue('GPT4 Correct');
});

test('the one chosen last wins, though the one before is still on its way', async () => {
  const chat = chatOf(['a', 'b']);
  const core = openChat(chat);
  core.snapshot('engine', engine);
  let release = () => {};
  const slow = new Promise<void>((resolve) => (release = resolve));
  core.on('setCondition', () => slow);
  await select.selectOptions('Math Correct');
  await select.selectOptions('GPT4 Correct');
  await expect.element(select).toHaveValue('GPT4 Correct');
  const id = chat.conversation?.id;
  expect(core.calls).toMatchObject([{ args: [id, 'Math Correct'] }, { args: [id, null] }]);
  release();
});

test('the condition of a new chat goes with its first message, and not to the next new chat', async () => {
  const core = openNewChat();
  core.snapshot('engine', engine);
  core.on('send', async ({ conversationId, condition }) =>
    core.snapshot(`conversation:${conversationId}`, {
      conversation: conversationOf({
        id: conversationId,
        title: 'Saved',
        ...(condition ? { condition } : {}),
      }),
      messages: {},
    }),
  );
  await select.selectOptions('Math Correct');
  await messageBox.fill('2 + 2');
  await sendButton.click();
  await expect.element(page.getByRole('heading', { name: 'Saved' })).toBeVisible();
  await expect.element(select).toHaveValue('Math Correct');
  expect(core.calls.find(({ method }) => method === 'send')?.args).toMatchObject([
    { condition: 'Math Correct' },
  ]);
  await page.getByRole('button', { name: 'New chat' }).click();
  await expect.element(select).toHaveValue('GPT4 Correct');
});
