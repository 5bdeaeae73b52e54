import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { formatDate } from '../../../src/ui/state/format-figures.ts';
import { chatOf } from '../../support/scripted-state.ts';
import { openChat } from './show-app.tsx';

test.each([Date.UTC(2025, 0, 2, 12, 30), 1e300])('the facts of an answer of %d tell its date', async (at) => {
  const chat = chatOf(['a question', 'an answer']);
  for (const message of chat.list) message.createdAt = at;
  openChat(chat);
  await page.getByText('128 tokens').first().click();
  await expect.element(page.getByRole('term').filter({ hasText: 'Date' })).toBeVisible();
  await expect.element(page.getByText(formatDate(at))).toBeVisible();
});
