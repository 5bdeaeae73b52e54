import { expect, type Browser } from '@playwright/test';
import { ChatPage } from './chat-page.ts';
import { storedAnswer } from './stored-messages.ts';

/** About 600 tokens, twenty seconds on two cores: time enough for something to go wrong in its middle. */
export const longQuestion = 'Write a long story';

/** The built-in model's undisturbed answer to the long question, in a new chat: the same every time. */
export interface LongStory {
  markdown: string;
  /** As it is rendered. */
  shown: string;
}

export async function writeLongStory(browser: Browser, appUrl: string): Promise<LongStory> {
  const context = await browser.newContext();
  const chat = await ChatPage.open(await context.newPage(), appUrl);
  const shown = await chat.chat(longQuestion);
  await expect.poll(async () => (await storedAnswer(chat.page))?.state).toBe('done');
  const markdown = (await storedAnswer(chat.page))?.text ?? '';
  await context.close();
  return { markdown, shown };
}
