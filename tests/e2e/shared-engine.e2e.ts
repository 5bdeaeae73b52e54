import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { coreTargets } from '../support/core-target.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';
import { storedAnswer } from '../support/stored-messages.ts';

test('five tabs share one core, one device and one model, and all can chat', async ({
  app,
  browser,
  context,
}) => {
  const tabs: ChatPage[] = [];
  for (let index = 0; index < 5; index++) tabs.push(await ChatPage.open(await context.newPage(), app.url));

  await Promise.all(tabs.map((tab) => tab.ask('What is the capital of France?')));
  for (const tab of tabs) {
    await tab.finished();
    expect(await tab.lastAnswer()).toContain('Paris');
  }
  expect(await coreTargets(browser)).toHaveLength(1);
  // The engine line says how many GPU devices this core has opened in its life.
  for (const tab of tabs) await expect(tab.engine).toHaveAttribute('data-devices-opened', '1');
});

test('an answer grows in every tab that shows it, and equals the stored one to the character', async ({
  app,
  context,
}) => {
  const asking = await ChatPage.open(await context.newPage(), app.url);
  await asking.ask(longQuestion);
  await asking.writing();
  const watching = await ChatPage.open(await context.newPage(), asking.page.url());
  await watching.writing();

  // Grows in both: each shows more text than a moment ago while the run goes on.
  const before = (await watching.lastAnswer()).length;
  await expect
    .poll(async () => (await watching.lastAnswer()).length, { timeout: answerTimeout })
    .toBeGreaterThan(before);

  await asking.finished();
  await watching.finished();
  const stored = await storedAnswer(asking.page);
  expect(stored?.state).toBe('done');
  expect(await asking.lastAnswer()).toBe(await watching.lastAnswer());
  expect(await asking.copyLastAnswer()).toBe(stored?.text);
  expect(await watching.copyLastAnswer()).toBe(stored?.text);
});
