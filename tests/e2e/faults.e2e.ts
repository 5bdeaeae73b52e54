import { chromium } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { expect, test } from '../support/fixtures.ts';
import { storedAnswer, storedMessages } from '../support/stored-messages.ts';

test('a full disk: what was typed stays in the composer, what was generated stays on screen, both are saved later', async ({
  app,
  context,
}) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat('Hello!');
  const session = await context.newCDPSession(chat.page);
  const { origin } = new URL(app.url);
  const setQuota = (quotaSize?: number): Promise<unknown> =>
    session.send(
      'Storage.overrideQuotaForOrigin',
      quotaSize === undefined ? { origin } : { origin, quotaSize },
    );

  // Full before sending: refused with a reason, and the text is still there to send.
  await setQuota(0);
  await chat.message.fill('Do not lose me.');
  await chat.send.click();
  await expect(chat.page.getByRole('alert')).toContainText(/space|storage/i);
  await expect(chat.message).toHaveValue('Do not lose me.');
  await setQuota();
  await chat.message.fill('Write a long story');
  await chat.send.click();

  // Full while an answer is written: it goes on, and is saved when there is room again.
  await chat.writing();
  await setQuota(0);
  await expect(chat.page.getByText(/no space left/i)).toBeVisible({ timeout: 30_000 });
  await chat.finished();
  const shown = await chat.copyLastAnswer();
  await setQuota();
  await expect.poll(async () => (await storedAnswer(chat.page))?.text, { timeout: 30_000 }).toBe(shown);
  await expect(chat.page.getByText(/no space left/i)).toBeHidden();
});

test('without WebGPU: a clear word, saved conversations stay readable, and a message stays in the composer', async ({
  app,
  context,
}) => {
  const withGpu = await ChatPage.open(await context.newPage(), app.url);
  await withGpu.chat('What is the capital of France?');
  const state = await context.storageState({ indexedDB: true });

  const { args = [], ...options } = launchOptions();
  const browser = await chromium.launch({
    ...options,
    args: args.filter((arg) => !/webgpu|vulkan/i.test(arg)),
  });
  const page = await (await browser.newContext({ storageState: state })).newPage();
  const chat = await ChatPage.open(page, app.url);
  await expect(chat.engine).toContainText('WebGPU');
  await page.getByRole('link', { name: /capital of France/ }).click();
  await expect(chat.answers.last()).toContainText('Paris');
  await chat.message.fill('Is anybody there?');
  await chat.send.click();
  await expect(page.getByText('Is anybody there?')).toBeVisible();
  await expect(chat.answers.last()).toContainText('WebGPU');
  await browser.close();
});

test('an older tab that holds the database is named, and chatting starts when it lets go', async ({
  app,
  context,
}) => {
  // A tab of an older release that does not give way, as a page with a breakpoint would not.
  const older = await context.newPage();
  await older.goto(new URL('favicon.svg', app.url).href);
  await older.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('hearth', 1);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          Object.assign(globalThis, { held: opening.result });
          resolve();
        };
      }),
  );

  await app.serve('next');
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await expect(chat.page.getByText(/older tab/i)).toBeVisible();
  await chat.message.fill('Hello!');
  await older.close();
  await expect(chat.page.getByText(/older tab/i)).toBeHidden();
  await chat.send.click();
  await chat.finished();
  expect(await chat.lastAnswer()).toContain('Pocket');
  expect((await storedMessages(chat.page)).map(({ role }) => role)).toEqual(['user', 'assistant']);
});
