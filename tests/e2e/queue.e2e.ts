import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';

test('three tabs queue: places are right, and Stop ends only the run it belongs to', async ({
  app,
  context,
}) => {
  const [first, second, third] = [
    await ChatPage.open(await context.newPage(), app.url),
    await ChatPage.open(await context.newPage(), app.url),
    await ChatPage.open(await context.newPage(), app.url),
  ];
  await first.ask(longQuestion);
  await first.writing();
  await second.ask('What is the capital of France?');
  await third.ask('Hello!');
  await expect(second.answers.last()).toContainText('1st in line');
  await expect(third.answers.last()).toContainText('2nd in line');

  // Stop on the queued run: the running one does not notice, and the third moves up.
  const before = (await first.lastAnswer()).length;
  await second.stop.click();
  await expect(second.answers.last()).toContainText('Stopped');
  await expect(third.answers.last()).toContainText('1st in line');
  await first.writing(before + 20);
  await expect(first.stop).toBeVisible();

  // Stop on the running one frees the next.
  await first.stop.click();
  await expect(first.answers.last()).toContainText('Stopped');
  await third.finished();
  expect(await third.lastAnswer()).toContain('Pocket');

  // A stopped answer can be continued.
  await second.continueLast();
  expect(await second.lastAnswer()).toContain('Paris');
});
