import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { coreTargets, crashPage, killCores } from '../support/core-target.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';
import { storedAnswer } from '../support/stored-messages.ts';

test('an answer completes in the store after its tab is closed, and a tab opened meanwhile follows it', async ({
  app,
  context,
}) => {
  const asking = await ChatPage.open(await context.newPage(), app.url);
  // Another tab keeps the core alive, as in daily use.
  const other = await ChatPage.open(await context.newPage(), app.url);
  await asking.ask(longQuestion);
  await asking.writing();
  const address = asking.page.url();
  const seen = await asking.lastAnswer();
  await asking.page.close();

  const late = await ChatPage.open(await context.newPage(), address);
  await late.writing(seen.length - 1);
  expect((await late.lastAnswer()).startsWith(seen.slice(0, 30))).toBe(true);
  await late.finished();
  const stored = await storedAnswer(other.page);
  expect(stored?.state).toBe('done');
  expect(stored?.generation?.finishReason).toBe('stop');
  expect(await late.copyLastAnswer()).toBe(stored?.text);
});

test('a reload of the only tab does not disturb its run', async ({ app, browser, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.ask(longQuestion);
  await chat.writing();
  const [core] = await coreTargets(browser);
  await chat.page.reload();
  await chat.finished();
  // The same worker, and the model was not loaded again.
  expect((await coreTargets(browser)).map(({ targetId }) => targetId)).toEqual([core?.targetId]);
  await expect(chat.engine).toHaveAttribute('data-devices-opened', '1');
  const stored = await storedAnswer(chat.page);
  expect(stored?.state).toBe('done');
  expect(await chat.copyLastAnswer()).toBe(stored?.text);
});

test('when the core is killed the text stays, and Continue finishes it with nothing lost or doubled', async ({
  app,
  browser,
  context,
  story,
}) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.ask(longQuestion);
  await chat.writing(120);
  await killCores(browser);
  await expect(chat.answers.last()).toContainText('Interrupted', { timeout: answerTimeout });
  const kept = (await storedAnswer(chat.page))?.text ?? '';
  expect(story.markdown.startsWith(kept)).toBe(true);
  expect(kept.length).toBeGreaterThan(0);

  await chat.continueLast();
  // The model is deterministic, so the joined text must be the uninterrupted one.
  const joined = await storedAnswer(chat.page);
  expect(joined?.text).toBe(story.markdown);
  expect(joined?.state).toBe('done');
});

test('when the tab that started the core crashes, another tab goes on without a reload', async ({
  app,
  context,
}) => {
  const creator = await context.newPage();
  await ChatPage.open(creator, app.url);
  const other = await ChatPage.open(await context.newPage(), app.url);
  await other.chat('Hello!');

  const crashed = new Promise((resolve) => creator.once('crash', resolve));
  await crashPage(await context.newCDPSession(creator));
  await crashed;
  const since = Date.now();
  await other.ask('My name is Nora.');
  await expect(other.answers).toHaveCount(2);
  console.log(`chatting again after ${Date.now() - since} ms, model load apart`);
  await other.finished();
  expect(await other.lastAnswer()).toContain('Nora');
});
