import { ChatPage } from '../support/chat-page.ts';
import { crashGpu } from '../support/core-target.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';
import { storedAnswer } from '../support/stored-messages.ts';

test('when the GPU is lost mid-answer the answer is complete in the end, and the person is told', async ({
  app,
  browser,
  context,
  story,
}) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.ask(longQuestion);
  await chat.writing(80);
  await crashGpu(browser);
  await chat.finished();
  await expect(chat.answers.last()).toContainText('The GPU was lost');
  await expect(chat.engine).toHaveAttribute('data-devices-opened', '2');
  const stored = await storedAnswer(chat.page);
  expect(stored?.text).toBe(story.markdown);
  expect(stored?.generation?.recoveries).toBe(1);
});
