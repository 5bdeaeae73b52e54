import type { CDPSession, Page } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { storedAnswer } from '../support/stored-messages.ts';

/** What the page notices of its own smoothness while an answer grows. */
interface Smoothness {
  longTasks: number[];
  frames: number;
  seconds: number;
}

const startMeasuring = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const measure = { longTasks: [] as number[], frames: 0, since: performance.now() };
    Object.assign(globalThis, { measure });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) measure.longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
    const frame = (): void => {
      measure.frames++;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

const stopMeasuring = (page: Page): Promise<Smoothness> =>
  page.evaluate(() => {
    const { measure } = globalThis as unknown as {
      measure: { longTasks: number[]; frames: number; since: number };
    };
    const seconds = (performance.now() - measure.since) / 1000;
    return { longTasks: measure.longTasks, frames: measure.frames, seconds };
  });

/** Bytes of JavaScript heap that are really in use. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

test('an answer of 20,000 tokens keeps the page smooth', async ({ app, context }) => {
  test.setTimeout(240_000);
  await app.serve('scripted');
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat('100 tokens');
  await startMeasuring(chat.page);
  await chat.ask('20000 tokens');
  await chat.finished(200_000);
  const { longTasks, frames, seconds } = await stopMeasuring(chat.page);
  console.log(
    `20,000 tokens in ${seconds.toFixed(1)} s, ${(frames / seconds).toFixed(1)} frames per second, ` +
      `tasks over 50 ms: ${longTasks.length === 0 ? 'none' : longTasks.join(', ')}`,
  );
  const stored = await storedAnswer(chat.page);
  expect(stored?.generation?.completionTokens).toBe(20_000);
  expect(await chat.copyLastAnswer()).toBe(stored?.text);
  expect(longTasks).toEqual([]);
  expect(frames / seconds).toBeGreaterThanOrEqual(30);
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
