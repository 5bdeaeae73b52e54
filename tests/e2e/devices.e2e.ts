import { answerTimeout } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { openGuest, openHost, pairGuest } from '../support/house.ts';
import { longQuestion } from '../support/long-story.ts';

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

test('a laptop whose model was taken off the GPU loads it again for the phone', async ({ app, browser }) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);
  await host.chat.page.getByRole('button', { name: 'Model', exact: true }).click();
  await host.chat.page.getByRole('button', { name: 'Free the GPU' }).click();
  await expect(host.chat.engine).toContainText('The next message loads it again');
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
  await expect(host.chat.engine).toContainText('Pocket is ready');
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

test('a revoked phone stops at once and cannot come back', async ({ app, browser, story }) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);
  await guest.chat.ask(longQuestion);
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
  expect(text.length).toBeLessThan(story.shown.length);
  await guest.chat.page.reload();
  await guest.devices.open();
  await expect(guest.devices.dialog).toContainText('Use another GPU');
  await expect(guest.devices.dialog).not.toContainText('Connected');
  await guest.devices.close();
  expect(await guest.chat.lastAnswer()).toBe(text);
  await guest.context.close();
  await host.context.close();
});

test('a typed code pairs as well as the link, and the person may say no', async ({ app, browser }) => {
  const host = await openHost(browser, app.url);
  await host.devices.addDevice();
  const code = await host.devices.dialog.getByLabel('Pairing code').innerText();
  const guest = await openGuest(browser, app.url);
  const connect = async (digits: string): Promise<void> => {
    await guest.devices.open();
    await guest.devices.dialog.getByRole('textbox', { name: 'Code from the other device' }).fill(digits);
    await guest.devices.dialog.getByRole('button', { name: 'Connect' }).click();
  };
  await connect(code);
  await host.devices.approve('Don’t allow');
  await expect(guest.devices.dialog).toContainText('did not allow it');

  await host.devices.addDevice();
  await connect(await host.devices.dialog.getByLabel('Pairing code').innerText());
  await host.devices.approve('Allow once');
  await guest.devices.close();
  await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
  await guest.context.close();
  await host.context.close();
});

test('attack 12: a link that was used lets nobody in, and the honest phone goes on', async ({
  app,
  browser,
}) => {
  const host = await openHost(browser, app.url);
  const link = await host.devices.addDevice();
  const guest = await openGuest(browser, link);
  await host.devices.approve();
  await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
  const thief = await openGuest(browser, link);
  await expect(thief.devices.dialog).toContainText('used already');
  await host.devices.close();
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
  for (const { context } of [guest, thief, host]) await context.close();
});
