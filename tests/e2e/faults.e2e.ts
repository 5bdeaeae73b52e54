import { migrations } from '../../src/worker/store/schema.ts';
import { chromium } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { expect, test } from '../support/fixtures.ts';
import { storedAnswer, storedMessages } from '../support/stored-messages.ts';

test('a full disk: what was typed stays in the composer, what was generated stays on screen and is saved later', async ({
  app,
  context,
}) => {
  await app.serve('scripted');
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { origin } = new URL(app.url);
  // Before the first write: Chromium remembers for half a minute how much room there is.
  const setQuota = (quotaSize: number): Promise<unknown> =>
    session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
  await setQuota(1_000_000);
  const chat = await ChatPage.open(page, app.url);
  await chat.chat('10 tokens');
  const { usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
  await setQuota(usage + 40_000);

  // A message for which there is no room: refused with a reason, and still there to be sent.
  const paste = 'A long paste. '.repeat(100_000);
  await chat.message.fill(paste);
  await chat.send.click();
  await expect(page.getByRole('alert')).toContainText(/room|space/i);
  await expect(chat.message).toHaveValue(paste);

  // No room left while an answer is written: it goes on, and is saved once there is.
  await chat.message.fill('');
  await chat.ask('20000 tokens');
  await expect(page.getByText(/no space left/i)).toBeVisible({ timeout: 60_000 });
  await chat.finished();
  const shown = await chat.copyLastAnswer();
  expect(shown).not.toBe((await storedAnswer(page))?.text);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await expect.poll(async () => (await storedAnswer(page))?.text, { timeout: 60_000 }).toBe(shown);
  await expect(page.getByText(/no space left/i)).toBeHidden();
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
  const earlier = await ChatPage.open(await context.newPage(), app.url);
  await earlier.chat('Hello!');
  await earlier.page.close();
  // A tab of that release that does not give way, as a page at a breakpoint would not.
  const older = await context.newPage();
  await older.goto(new URL('favicon.svg', app.url).href);
  await older.evaluate(
    (version) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('hearth', version);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          Object.assign(globalThis, { held: opening.result });
          resolve();
        };
      }),
    migrations.length,
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
  expect((await storedMessages(chat.page)).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
});
