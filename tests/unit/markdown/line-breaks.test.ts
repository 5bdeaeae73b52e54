import { expect, test } from 'vitest';
import { makeBlockSplitter } from '../../../src/ui/markdown/blocks.ts';

const now = { now: () => 0 };

function once(text: string): string {
  const blocks = makeBlockSplitter(now).finish(text);
  return blocks
    .map((block) => block.markup)
    .join('')
    .replaceAll(/\n|<\/?(?:p|div|ul|li|blockquote)(?: [^>]*)?>/g, '');
}

test.for([
  ['a\nb', 'a<br>b'],
  ['a  \nb\\\nc', 'a<br>b<br>c'],
  ['**a\nb** *c\nd*', '<strong>a<br>b</strong> <em>c<br>d</em>'],
  ['> a\n> b', 'a<br>b'],
  ['- a\n  b\n\n  c\n  d', 'a<br>bc<br>d'],
  // A tag at the end of a line is the same break, on a line of its own one more.
  ['a<br>\nb<br /> \nc', 'a<br>b<br>c'],
  ['a\n<br>\nb', 'a<br><br>b'],
  // What has lines of its own needs no break beside it.
  ['a\n$$x$$\nb', 'a<code class="md-math md-math-display">x</code>b'],
  ['a $$x$$\nb', 'a <code class="md-math md-math-display">x</code>b'],
  ['a `b\nc`', 'a <code>b c</code>'],
  ['[a](https://b.c "d\ne")', expect.not.stringContaining('br')],
] as const)('a line that ends is one that ends: %j', ([text, markup]) => {
  expect(once(text)).toEqual(markup);
});

test('while an answer is streamed no break comes and goes, and no mark stands on a line of its own', () => {
  const text =
    'Roses are **red,\nviolets** are *blue,\n\nsugar* is\n`sweet\nand` ~~so\nare~~ you\n\n- **a\n  b**\n  c<br>\n  d\n> *e\n> f*\n';
  const splitter = makeBlockSplitter(now);
  const breaks = (markup: string): number => markup.split('<br>').length - 1;
  let most = 0;
  for (let end = 1; end <= text.length; end++) {
    const blocks = splitter.update(text.slice(0, end));
    const markup = blocks.map((block) => block.markup + (block.text ?? '')).join('');
    const seen = JSON.stringify(text.slice(Math.max(0, end - 12), end));
    // A mark that has just come may stand anywhere.
    if (!/[*~`]$/.test(text.slice(0, end))) expect(markup, `after ${seen}`).not.toMatch(/<br>[*~`]+</);
    expect(breaks(markup), `after ${seen}`).toBeGreaterThanOrEqual(most);
    most = breaks(markup);
  }
  expect(most).toBe(7);
});
