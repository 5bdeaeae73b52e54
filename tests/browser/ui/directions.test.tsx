import { expect, test } from 'vitest';
import { chatOf } from '../../support/scripted-state.ts';
import { articles, openChat } from './show-app.tsx';

/** Where a piece of an element's text begins, from the left. */
function leftOf(element: Element, piece: string): number {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const at = text.textContent?.indexOf(piece) ?? -1;
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + piece.length);
    return range.getBoundingClientRect().left;
  }
  throw new Error(`There is no ${piece}.`);
}

test('formulas and code run from left to right within text that runs the other way', async () => {
  openChat(chatOf(['שלום', 'הנוסחה $a = c$ והפקודה `-x y` כאן']));
  await expect.poll(() => document.querySelector('.katex-html')).not.toBeNull();
  const formula = document.querySelector('.katex-html');
  const code = document.querySelector('.md code');
  if (!formula || !code) throw new Error('The answer is not shown.');
  await expect.poll(() => leftOf(formula, 'c') - leftOf(formula, 'a')).toBeGreaterThan(0);
  expect(leftOf(code, '-')).toBeLessThan(leftOf(code, 'x'));
  expect(leftOf(code, 'x')).toBeLessThan(leftOf(code, 'y'));
});

test('each line that a person wrote finds its own direction', async () => {
  openChat(chatOf(['שלום!\nHello!', 'Hello.']));
  await expect.element(articles.nth(0)).toBeVisible();
  const text = articles.nth(0).element().querySelector('.message-text');
  if (!text?.firstChild) throw new Error('The message is not shown.');
  expect(leftOf(text, '!')).toBeLessThan(leftOf(text, 'ם'));
  const [first, second] = [leftOf(text, 'H'), leftOf(text, 'o!')];
  expect(first).toBeLessThan(second);
  // The sign that ends the line has no direction of its own.
  const sign = document.createRange();
  sign.setStart(text.firstChild, text.textContent.length - 1);
  sign.setEnd(text.firstChild, text.textContent.length);
  expect(sign.getBoundingClientRect().left).toBeGreaterThan(second);
});
