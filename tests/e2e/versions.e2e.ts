import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';

test('a newer build takes over from an older one: one GPU owner at a time, the old tab is told to reload', async ({
  app,
  context,
}) => {
  const old = await ChatPage.open(await context.newPage(), app.url);
  await old.ask(longQuestion);
  await old.writing();

  // A deploy: the same address now serves another build.
  await app.serve('next');
  const next = await ChatPage.open(await context.newPage(), app.url);
  // The new core waits for the answer in progress, and says so.
  await expect(next.page.getByText('An older version of Hearth')).toBeVisible();
  await expect(old.page.getByText('newer version')).toBeVisible();
  await next.page.getByRole('button', { name: 'Use here' }).click();

  await expect(next.engine).toHaveAttribute('data-devices-opened', '1', { timeout: 60_000 });
  expect(await next.chat('My name is Nora.')).toContain('Nora');
  // What the old core had written is here, and can be finished.
  await next.page.getByRole('link', { name: /Write a long story/ }).click();
  await next.continueLast();

  await old.page.getByRole('button', { name: 'Reload' }).click();
  await expect(old.message).toBeVisible();
  await old.finished();
  expect(await old.lastAnswer()).toBe(await next.lastAnswer());
});
