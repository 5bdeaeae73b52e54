import type { Page } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';
import { storedAnswer } from '../support/stored-messages.ts';
import type { BareResult } from './bare-page.ts';
import { median, printFigures, quantile, type Figure } from './figures.ts';

const rounds = 3;
const shortQuestion = 'Hello!';

type Ask = (prompt: string, draws: boolean) => Promise<BareResult>;

const askBare = (page: Page, prompt: string, draws = false): Promise<BareResult> =>
  page.evaluate(([text, isDrawn]) => (globalThis as unknown as { ask: Ask }).ask(text, isDrawn), [
    prompt,
    draws,
  ] as const);

/** The same address in more tabs, for as long as `work` takes. */
async function withFourMore<T>(page: Page, work: () => Promise<T>): Promise<T> {
  const others: Page[] = [];
  for (let index = 0; index < 4; index++) {
    const other = await page.context().newPage();
    others.push(other);
    await other.goto(page.url());
  }
  const result = await work();
  for (const other of others) await other.close();
  return result;
}

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

/** Tokens per second of the newest answer, as the core measured it. The store is a moment behind the screen. */
async function storedSpeed(chat: ChatPage): Promise<number> {
  await expect.poll(async () => (await storedAnswer(chat.page))?.state).toBe('done');
  return (await storedAnswer(chat.page))?.generation?.tokensPerSecond ?? Number.NaN;
}

/** The speed of one long answer in a new chat. */
async function speed(chat: ChatPage): Promise<number> {
  await newChat(chat);
  await chat.chat(longQuestion);
  return storedSpeed(chat);
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
  const speeds = { bare: [] as number[], drawn: [] as number[], drawnFive: [] as number[] };
  const core = { one: [] as number[], five: [] as number[] };
  const bareSpeed = async (draws: boolean): Promise<number> =>
    (await askBare(bare, longQuestion, draws)).tokensPerSecond;
  for (let round = 0; round < rounds; round++) {
    speeds.bare.push(await bareSpeed(false));
    speeds.drawn.push(await bareSpeed(true));
    core.one.push(await speed(chat));
    speeds.drawnFive.push(await withFourMore(bare, () => bareSpeed(true)));
    const five = await withFourMore(chat.page, async () => {
      await chat.answers.last().getByRole('button', { name: 'Regenerate' }).click();
      await expect(chat.stop).toBeVisible();
      await chat.finished();
      return storedSpeed(chat);
    });
    core.five.push(five);
  }
  const ratio = (ours: number[], theirs: number[]): string => (median(ours) / median(theirs)).toFixed(3);
  figures.push(
    {
      what: 'tokens per second, bare web-llm, nothing drawn (median)',
      value: median(speeds.bare).toFixed(1),
    },
    {
      what: 'one tab, against bare web-llm with nothing drawn',
      value: ratio(core.one, speeds.bare),
      goal: '≥ 0.97',
    },
    {
      what: 'five tabs, against bare web-llm with nothing drawn',
      value: ratio(core.five, speeds.bare),
      goal: '≥ 0.97',
    },
    { what: 'one tab, against bare web-llm drawing plain text in one', value: ratio(core.one, speeds.drawn) },
    {
      what: 'five tabs, against bare web-llm drawing plain text in five',
      value: ratio(core.five, speeds.drawnFive),
    },
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
