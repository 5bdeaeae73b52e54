import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { page } from 'vitest/browser';
import '../../../src/ui/styles/tokens.css';
import { loadChunks, mountAnswer } from './support.tsx';

const WIDTH = 390;

beforeAll(loadChunks);
beforeEach(() => page.viewport(WIDTH, 800));

const wide = `\\frac{${'a_{1}b_{2}'.repeat(30)}}{2}`;

test.for([
  ['a line', `A line with $${wide}$ in it.`],
  ['a list', `- one\n- two with \\(${wide}\\)\n`],
  ['a quote', `> a quote with $${wide}$`],
  ['a block of its own', `So:\n\n$$\n${wide}\n$$\n\nand on.`],
] as const)('a formula wider than the screen can be read to its end in %s', async ([, text]) => {
  const { root } = mountAnswer(text, false);
  const end = root.querySelector('.katex-base:last-child');
  const edge = (): number => Math.floor(end?.getBoundingClientRect().right ?? NaN);
  expect(edge()).toBeGreaterThan(1.5 * WIDTH);
  end?.scrollIntoView({ inline: 'end', block: 'nearest' });
  await expect.poll(edge).toBeLessThanOrEqual(WIDTH);
  // The page itself is not wider than the screen, and no second bar appears.
  expect(document.documentElement.scrollWidth).toBe(WIDTH);
  for (const block of root.querySelectorAll('.md-block')) expect(block.scrollTop).toBe(0);
});

test('a formula is not cut off above and below, and its line not wider than it is', () => {
  const { root } = mountAnswer(
    'With $\\int_0^1 \\frac{x}{2}$ and\n\n- more\n- $\\dfrac{\\dfrac{a}{b}}{c_{d_e}}$',
    false,
  );
  const struts = [...root.querySelectorAll('.katex-strut')];
  expect(struts).toHaveLength(2);
  for (const strut of struts) {
    const block = strut.closest('.md-block');
    const [inner, outer] = [strut.getBoundingClientRect(), block?.getBoundingClientRect()];
    expect(inner.top).toBeGreaterThanOrEqual(outer?.top ?? Infinity);
    expect(inner.bottom).toBeLessThanOrEqual(outer?.bottom ?? -Infinity);
    expect(block?.scrollWidth).toBe(block?.clientWidth);
  }
});

test('the button below code is large enough for a finger', () => {
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSMediaRule) || rule.media.mediaText !== '(pointer: coarse)') continue;
      rule.media.mediaText = 'all';
      onTestFinished(() => void (rule.media.mediaText = '(pointer: coarse)'));
    }
  }
  const { root } = mountAnswer('```\na\n```', false);
  expect(root.querySelector('.md-copy')?.getBoundingClientRect().height).toBeGreaterThanOrEqual(44);
});
