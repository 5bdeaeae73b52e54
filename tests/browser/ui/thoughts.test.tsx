import { expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { chatOf } from '../../support/scripted-state.ts';
import { articles, openChat } from './show-app.tsx';

const thinking = '<think>\nFirst I *look*.';
const button = (name: string) => page.getByRole('button', { name, exact: true });

function openThinking() {
  const chat = chatOf(['A question', thinking]);
  const answer = chat.list.at(-1);
  if (!answer || !chat.conversation) throw new Error('The chat is empty.');
  answer.state = 'running';
  const core = openChat({ ...chat });
  let at = answer.text.length;
  const append = (text: string) => {
    core.events(`conversation:${answer.conversationId}`, [
      { type: 'append', messageId: answer.id, at, text },
    ]);
    at += text.length;
  };
  const finish = () =>
    core.events(`conversation:${answer.conversationId}`, [
      { type: 'message', message: { ...answer, text: `${thinking}\n</think>\n\nAn answer.`, state: 'done' } },
    ]);
  return { append, finish };
}

test('thoughts are shown as they come, and fold away when the answer begins', async () => {
  const { append, finish } = openThinking();
  const article = articles.last();
  await expect.element(button('Thinking')).toHaveAttribute('aria-expanded', 'true');
  await expect.element(article.getByText('look', { exact: true })).toBeVisible();
  expect(article.element().textContent).not.toContain('<think>');
  append('\n</think>\n\nAn answer.');
  await expect.element(button('Thoughts')).toHaveAttribute('aria-expanded', 'false');
  await expect.element(article.getByText('An answer.')).toBeVisible();
  await expect.element(article.getByText('look', { exact: true })).not.toBeInTheDocument();
  finish();
  await button('Thoughts').click();
  await expect.element(article.getByText('look', { exact: true })).toBeVisible();
});

test('thoughts that a person opened stay open, and what is copied is the answer', async () => {
  const { append, finish } = openThinking();
  await button('Thinking').click();
  await button('Thinking').click();
  append('\n</think>\n\nAn answer.');
  await expect.element(articles.last().getByText('An answer.')).toBeVisible();
  await expect.element(button('Thoughts')).toHaveAttribute('aria-expanded', 'true');
  finish();
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  await articles.last().getByRole('button', { name: 'Copy' }).click();
  await expect.poll(() => write.mock.calls).toEqual([['An answer.']]);
});
