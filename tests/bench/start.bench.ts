import { gzipSync } from 'node:zlib';
import { chromium, type BrowserContext } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { expect, test } from '../support/fixtures.ts';
import { printFigures } from './figures.ts';

/** From the start of the navigation to the first text of the first answer. */
async function firstAnswerMs(context: BrowserContext, url: string): Promise<number> {
  const begun = Date.now();
  const chat = await ChatPage.open(await context.newPage(), url);
  await chat.ask('Hello!');
  await expect.poll(() => chat.answers.last().locator('.md').textContent(), { intervals: [10] }).not.toBe('');
  const took = Date.now() - begun;
  await chat.finished();
  return took;
}

test('what is loaded before the first paint, and the way to the first token', async ({ app }) => {
  test.setTimeout(180_000);
  const browser = await chromium.launch(launchOptions());
  const context = await browser.newContext();
  const page = await context.newPage();
  const scripts = new Map<string, number>();
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    void response.body().then((body) => scripts.set(response.url(), gzipSync(body, { level: 9 }).length));
  });
  await page.goto(app.url);
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  const beforePaint = await page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity;
    return performance
      .getEntriesByType('resource')
      .filter((entry) => entry.startTime < paint)
      .map(({ name }) => name);
  });
  const bytes = beforePaint.reduce((sum, url) => sum + (scripts.get(url) ?? 0), 0);
  await page.close();
  await context.close();

  const cold = await firstAnswerMs(await browser.newContext(), app.url);
  const warmContext = await browser.newContext();
  await firstAnswerMs(warmContext, app.url);
  const warm = await firstAnswerMs(warmContext, app.url);
  await browser.close();
  printFigures([
    {
      what: 'JavaScript before the first paint, gzip, engine apart',
      value: `${(bytes / 1024).toFixed(0)} KB`,
      goal: '≤ 120 KB',
    },
    { what: 'cold start: empty profile to the first token', value: `${(cold / 1000).toFixed(1)} s` },
    { what: 'warm start: a second tab to its first token', value: `${(warm / 1000).toFixed(1)} s` },
  ]);
});
