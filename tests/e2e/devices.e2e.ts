import { answerTimeout } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { openHost, pairGuest } from '../support/house.ts';

test('a phone opens the link, is approved, and chats with the laptop’s GPU without typing', async ({
  app,
  browser,
}) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);

  // The phone has nothing to compute with: what it shows comes from the host.
  const { page } = guest.chat;
  expect(await page.evaluate(() => [isSecureContext, 'gpu' in navigator, 'locks' in navigator])).toEqual([
    false,
    false,
    false,
  ]);
  // The secret is in the address no more, nor in the history.
  expect(page.url()).not.toContain('#p=');

  const question = 'Hello!';
  const theirs = await guest.chat.chat(question);
  const own = await host.chat.chat(question);
  expect(theirs).toBe(own);
  expect(theirs).toContain('Pocket');
  await guest.context.close();
  await host.context.close();
});

test('the phone keeps its conversations and reads them with the laptop away', async ({ app, browser }) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);
  const answer = await guest.chat.chat('What is the capital of France?');
  expect(answer).toContain('Paris');
  await host.context.close();

  await guest.chat.page.reload();
  await expect(guest.chat.answers.last()).toContainText('Paris');
  await expect(guest.chat.engine).toContainText('Looking for', { timeout: answerTimeout });
  // What is written now waits for the laptop.
  await guest.chat.ask('Hello!');
  await expect(guest.chat.stop).toBeVisible();
  await guest.context.close();
});

test('a revoked phone stops at once and cannot come back', async ({ app, browser }) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);
  await guest.chat.ask('Write a long story');
  await guest.chat.writing();
  await host.devices.open();
  await host.devices.dialog
    .getByRole('button', { name: /^Revoke/ })
    .first()
    .click();
  await host.chat.page
    .getByRole('button', { name: /^Revoke/ })
    .last()
    .click();
  await guest.chat.finished();
  const text = await guest.chat.lastAnswer();
  await guest.chat.page.reload();
  await guest.devices.open();
  await expect(guest.devices.dialog).toContainText(/pair/i);
  expect(await guest.chat.lastAnswer()).toBe(text);
  await guest.context.close();
  await host.context.close();
});
