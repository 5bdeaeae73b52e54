import type { Browser, CDPSession, Page } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { storedAnswer } from '../support/stored-messages.ts';

const countFrames = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const count = { frames: 0, since: performance.now() };
    Object.assign(globalThis, { count });
    const frame = (): void => {
      count.frames++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

/** Since `countFrames`. */
const framesPerSecond = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { count } = globalThis as unknown as { count: { frames: number; since: number } };
    return (count.frames * 1000) / (performance.now() - count.since);
  });

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread's own time: what other processes take on a busy machine is not the page's doing. */
  tdur?: number;
  args: { name?: string };
}

/** Milliseconds of the main threads' tasks while `work` went on, longest first. */
async function mainThreadTasks(browser: Browser, page: Page, work: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(threadOf),
  );
  return traceEvents
    .filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && main.has(threadOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000)
    .toSorted((a, b) => b - a);
}

/** Bytes of JavaScript heap that are really in use. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

test('an answer of 20,000 tokens keeps the page smooth', async ({ app, browser, context }) => {
  test.setTimeout(300_000);
  await app.serve('scripted');
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat('100 tokens');
  let frames = 0;
  const tasks = await mainThreadTasks(browser, chat.page, async () => {
    await countFrames(chat.page);
    await chat.ask('20000 tokens');
    // Not by role: computing the roles of 50,000 nodes would be the longest task of all.
    await chat.page.waitForFunction(
      () => document.querySelectorAll('article[aria-busy="false"]').length === 4,
      null,
      { polling: 500, timeout: 200_000 },
    );
    frames = await framesPerSecond(chat.page);
  });
  const longest = tasks.slice(0, 3).map((ms) => ms.toFixed(0));
  console.log(
    `20,000 tokens: ${frames.toFixed(0)} frames per second, ${tasks.length} tasks, longest ${longest.join(', ')} ms`,
  );
  const stored = await storedAnswer(chat.page);
  expect(stored?.generation?.completionTokens).toBe(20_000);
  expect(await chat.copyLastAnswer()).toBe(stored?.text);
  // A trace without tasks would be no measurement.
  expect(tasks.length).toBeGreaterThan(1000);
  expect(tasks[0]).toBeLessThan(50);
  expect(frames).toBeGreaterThanOrEqual(30);
});

test('memory depends on the text, not on the number of events that brought it', async ({ app, context }) => {
  test.setTimeout(240_000);
  await app.serve('scripted');
  const grown: number[] = [];
  // The same text, once in 10,000 pieces and once in 500.
  for (const question of ['10000 tokens', '10000 tokens in 500 pieces']) {
    const page = await context.newPage();
    const chat = await ChatPage.open(page, app.url);
    await chat.chat('100 tokens');
    const session = await context.newCDPSession(page);
    const before = await heapBytes(session);
    await chat.ask(question);
    await chat.finished(200_000);
    grown.push((await heapBytes(session)) - before);
    await page.close();
  }
  const [many = 0, few = 0] = grown;
  console.log(
    `heap grew by ${(many / 1e6).toFixed(2)} MB for 10,000 pieces, ${(few / 1e6).toFixed(2)} MB for 500`,
  );
  expect(Math.abs(many - few)).toBeLessThan(1_500_000);
});
