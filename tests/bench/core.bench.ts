import type { Page } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { storedAnswer } from '../support/stored-messages.ts';
import type { BareResult } from './bare-page.ts';
import { median, printFigures, quantile, type Figure } from './figures.ts';

const rounds = 3;
const longQuestion = 'Write a long story';
const shortQuestion = 'Hello!';

const askBare = (page: Page, prompt: string): Promise<BareResult> =>
  page.evaluate(
    (text) => (globalThis as unknown as { ask(prompt: string): Promise<BareResult> }).ask(text),
    prompt,
  );

async function newChat(chat: ChatPage): Promise<void> {
  await chat.page.getByRole('button', { name: 'New chat' }).click();
  await expect(chat.answers).toHaveCount(0);
}

/** From the press of Send to the frame after the first text is in the page. */
async function firstTextMs(chat: ChatPage, question: string): Promise<number> {
  await chat.message.fill(question);
  const took = await chat.send.evaluate(
    (button) =>
      new Promise<number>((resolve) => {
        const begun = performance.now();
        const observer = new MutationObserver(() => {
          if (!document.querySelector('article[aria-label="Assistant"] .md')?.textContent) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - begun));
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        (button as HTMLButtonElement).click();
      }),
  );
  await chat.finished();
  return took;
}

/** Tokens per second of one long answer, as the core measured it. */
async function speed(chat: ChatPage): Promise<number> {
  await newChat(chat);
  await chat.chat(longQuestion);
  return (await storedAnswer(chat.page))?.generation?.tokensPerSecond ?? Number.NaN;
}

test('the core against bare web-llm', async ({ app, browser, context }) => {
  test.setTimeout(900_000);
  const figures: Figure[] = [];
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat(shortQuestion);
  const bareServer = await app.another('bare');
  // Without Hearth's policy, which lets only Hearth's own code start a worker.
  const bareContext = await browser.newContext({ bypassCSP: true });
  const bare = await bareContext.newPage();
  await bare.goto(bareServer.url);
  await askBare(bare, shortQuestion);

  // In turns, so that whatever else the machine does falls on all of them alike.
  const speeds = { bare: [] as number[], one: [] as number[], five: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    speeds.bare.push((await askBare(bare, longQuestion)).tokensPerSecond);
    speeds.one.push(await speed(chat));
    const watching: Page[] = [];
    for (let index = 0; index < 4; index++) {
      const page = await context.newPage();
      watching.push(page);
      await page.goto(chat.page.url());
    }
    // With all five open from the first token on.
    await chat.answers.last().getByRole('button', { name: 'Regenerate' }).click();
    await expect(chat.stop).toBeVisible();
    await chat.finished();
    speeds.five.push((await storedAnswer(chat.page))?.generation?.tokensPerSecond ?? Number.NaN);
    for (const page of watching) await page.close();
  }
  const ratio = (values: number[]): string => (median(values) / median(speeds.bare)).toFixed(3);
  figures.push(
    { what: 'tokens per second, bare web-llm (median)', value: median(speeds.bare).toFixed(1) },
    { what: 'the core with one tab watching, against bare', value: ratio(speeds.one), goal: '≥ 0.97' },
    { what: 'the core with five tabs watching, against bare', value: ratio(speeds.five), goal: '≥ 0.97' },
  );

  const first = { bare: [] as number[], core: [] as number[] };
  for (let round = 0; round < rounds * 5; round++) {
    first.bare.push((await askBare(bare, shortQuestion)).firstTokenMs);
    await newChat(chat);
    first.core.push(await firstTextMs(chat, shortQuestion));
  }
  figures.push({
    what: 'added to the time to the first token: from Send to text in the page, against a bare message (median)',
    value: `${(median(first.core) - median(first.bare)).toFixed(0)} ms on ${median(first.bare).toFixed(0)} ms`,
    goal: '≤ 15 ms',
  });
  await bareContext.close();
  printFigures(figures);
});

test('from a token to its pixels', async ({ app, context }) => {
  test.setTimeout(180_000);
  await app.serve('scripted');
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat('10 stamps');
  await chat.page.evaluate(() => {
    const delays: number[] = [];
    Object.assign(globalThis, { delays });
    let seen = 0;
    new MutationObserver(() => {
      const stamps = document.querySelectorAll('article[aria-label="Assistant"]');
      const numbers = stamps[stamps.length - 1]?.querySelector('.md')?.textContent?.match(/\d+\.\d/g) ?? [];
      if (numbers.length <= seen) return;
      const fresh = numbers.slice(seen).map(Number);
      seen = numbers.length;
      // The frame is on its way once the callback after it runs.
      requestAnimationFrame(() =>
        setTimeout(() => {
          const now = performance.timeOrigin + performance.now();
          for (const stamp of fresh) delays.push(now - stamp);
        }),
      );
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await chat.ask('600 stamps');
  await chat.finished();
  const delays = await chat.page.evaluate(() => (globalThis as unknown as { delays: number[] }).delays);
  expect(delays.length).toBeGreaterThan(500);
  printFigures([
    {
      what: 'token → pixel, 600 tokens at 33 per second (median, p95)',
      value: `${median(delays).toFixed(0)} ms, ${quantile(delays, 0.95).toFixed(0)} ms`,
      goal: 'p95 ≤ 50 ms',
    },
  ]);
});
