import { expect, onTestFinished, test } from 'vitest';
import { cdp, page } from 'vitest/browser';
import { chatOf } from '../../support/scripted-state.ts';
import { articles, distanceToEnd, messageBox, openChat, painted, scroller } from './show-app.tsx';

/** What Playwright's session can do; Vitest leaves its type empty. */
interface DevTools {
  send(method: string, params: object): Promise<unknown>;
}
const devTools = (): DevTools => cdp();

/** As a browser does it: the page is told, and then laid out for paper. */
async function print(): Promise<() => Promise<void>> {
  dispatchEvent(new Event('beforeprint'));
  await devTools().send('Emulation.setEmulatedMedia', { media: 'print' });
  const end = async () => {
    await devTools().send('Emulation.setEmulatedMedia', { media: '' });
    dispatchEvent(new Event('afterprint'));
  };
  onTestFinished(end);
  return end;
}

const paragraph = 'Words of a message that takes some room on the screen. '.repeat(30);

test('on paper there is the conversation, from its first message to its last, and nothing else', async () => {
  const code = `\`\`\`txt\n${'wide '.repeat(200)}\n\`\`\``;
  openChat(chatOf(Array.from({ length: 60 }, (_, index) => `${index}: ${index === 59 ? code : paragraph}`)));
  await expect.element(page.getByRole('button', { name: 'Regenerate' }).first()).toBeInTheDocument();
  expect(articles.elements().length).toBeLessThan(60);
  await print();
  expect(articles.elements()).toHaveLength(60);
  const [first] = articles.elements();
  if (!first) throw new Error('There are no messages.');
  expect(first.textContent).toContain('0: Words');
  expect(getComputedStyle(first).contentVisibility).toBe('visible');
  for (const element of [document.documentElement, document.body, scroller()]) {
    const { overflowX, overflowY } = getComputedStyle(element);
    expect([overflowX, overflowY]).toEqual(['visible', 'visible']);
    expect(element.getBoundingClientRect().height).toBeGreaterThan(60 * 50);
  }
  const isSeen = (selector: string) => document.querySelector(selector)?.checkVisibility() ?? false;
  expect(
    ['.sidebar', '.header', '.composer', '.message-tools', '.md-copy'].filter((selector) => isSeen(selector)),
  ).toEqual([]);
  const block = document.querySelector('.md-code pre');
  expect(block?.scrollWidth).toBe(block?.clientWidth);
});

test('after it one reads on where one was', async () => {
  openChat(chatOf(Array.from({ length: 60 }, (_, index) => `${index}: ${paragraph}`)));
  await expect.poll(distanceToEnd).toBeLessThan(2);
  scroller().dispatchEvent(new WheelEvent('wheel', { deltaY: -1 }));
  scroller().scrollTop -= 700;
  await painted();
  await expect.poll(distanceToEnd).toBeGreaterThan(600);
  const { scrollTop } = scroller();
  const before = articles.elements();
  const endPrinting = await print();
  expect(articles.elements()).toHaveLength(60);
  await painted();
  await endPrinting();
  await painted();
  expect(articles.elements()).toEqual(before);
  expect(scroller().scrollTop).toBe(scrollTop);
});

test('a long message is printed in full, and is folded again on the screen', async () => {
  openChat(chatOf([`${'a line\n'.repeat(100)}last words`, 'an answer']));
  const text = articles.nth(0);
  await expect.element(text).toBeInTheDocument();
  await expect.element(text).not.toHaveTextContent('last words');
  const endPrinting = await print();
  await expect.element(text).toHaveTextContent('last words');
  await endPrinting();
  await expect.element(text).not.toHaveTextContent('last words');
});

test('an open dialog is not printed over the conversation', async () => {
  openChat(chatOf(['a question', 'an answer']));
  await expect.element(messageBox).toBeVisible();
  await page.getByRole('button', { name: 'Keep a copy' }).click();
  await expect.element(page.getByRole('dialog')).toBeVisible();
  await print();
  expect(document.querySelector('[role=dialog]')?.checkVisibility()).toBe(false);
  expect(articles.elements().every((article) => article.checkVisibility())).toBe(true);
});
