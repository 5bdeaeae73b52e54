import { Lexer, type TokensList } from 'marked';
import { expect, onTestFinished, test } from 'vitest';
import { makeBlockSplitter } from '../../../src/ui/markdown/blocks.ts';
import { escapeHtml } from '../../../src/ui/markdown/escape-html.ts';

const sentence =
  'Lorem **ipsum dolor** sit amet, `consectetur` [elit](https://a.b), sed *do* $x_1$ eiusmod. ';
const section = [
  '## Title',
  sentence.repeat(5),
  `- ${sentence}\n- ${sentence}\n- ${sentence}`,
  `\`\`\`js\n${'let a = f(1);\n'.repeat(20)}\`\`\``,
  `| a | b |\n|---|---|\n${'| 1 | **2** |\n'.repeat(8)}`,
  `1. ${sentence}\n\n   ${sentence}\n2. ${sentence}`,
].join('\n\n');

const typical = `${section}\n\n`.repeat(66);
const TOKEN = 5;
/** Milliseconds; a few seconds on a machine with nothing else to do. */
const PATIENCE = 120_000;

/** Counts the characters that marked is given; `perMs` of them make a millisecond pass. */
function watchLexer(perMs = Infinity): { now(): number; wait(ms: number): void; lexed(): number } {
  let lexed = 0;
  let waited = 0;
  // Not a spy, which would keep every one of a hundred thousand texts.
  const original = Lexer.prototype.blockTokens;
  Lexer.prototype.blockTokens = function (this: Lexer, src: string, tokens?: TokensList, clipped?: boolean) {
    lexed += src.length;
    return original.call(this, src, tokens, clipped);
  };
  onTestFinished(() => {
    Lexer.prototype.blockTokens = original;
  });
  return {
    now: () => waited + lexed / perMs,
    wait: (ms) => void (waited += ms),
    lexed: () => lexed,
  };
}

test(
  'an update costs what its last block is long, however long the answer',
  { timeout: PATIENCE },
  async ({ annotate }) => {
    const watch = watchLexer();
    const splitter = makeBlockSplitter({ now: watch.now });
    const closedAt = new Map<number, unknown>();
    let most = 0;
    let slowest = 0;
    const started = performance.now();
    for (let end = TOKEN; end < typical.length; end += TOKEN) {
      const before = watch.lexed();
      const text = typical.slice(0, end);
      const start = performance.now();
      const blocks = splitter.update(text);
      slowest = Math.max(slowest, performance.now() - start);
      most = Math.max(most, watch.lexed() - before);
      for (let index = closedAt.size; blocks[index]?.closed; index++) closedAt.set(index, blocks[index]);
    }
    await annotate(
      `${Math.round(typical.length / TOKEN)} updates of ${typical.length} characters: ` +
        `${Math.round(performance.now() - started)} ms, slowest ${slowest.toFixed(1)} ms, ` +
        `most lexed at once ${most} characters`,
    );
    expect(typical.length).toBeGreaterThan(90_000);
    // The longest block, once for where it ends, once for how it looks, and once more for what is inside it.
    expect(most).toBeLessThan(4 * section.length);
    // Each block was rendered for good once: what was first closed is still there.
    const blocks = splitter.update(typical);
    for (const [index, block] of closedAt) expect(blocks[index]).toBe(block);
    expect(closedAt.size).toBeGreaterThan(300);
  },
);

test('an open code fence is not lexed again', { timeout: PATIENCE }, () => {
  const watch = watchLexer();
  const splitter = makeBlockSplitter({ now: watch.now });
  const code = 'let a = f(1); // x\n'.repeat(5500);
  const text = `text\n\n\`\`\`js\n${code}`;
  splitter.update(text.slice(0, 20));
  const before = watch.lexed();
  for (let end = 20; end <= text.length; end += TOKEN) splitter.update(text.slice(0, end));
  expect(watch.lexed()).toBe(before);
  expect(splitter.update(text)[1]?.text).toBe(code.slice(0, -1));
  // Its end is: twice to find it, once to render it.
  splitter.update(`${text}\`\`\`\n`);
  expect(watch.lexed() - before).toBeLessThan(3 * text.length);
  const closed = watch.lexed();
  splitter.update(`${text}\`\`\`\n\nafter`);
  expect(watch.lexed() - closed).toBeLessThan(100);
});

function repeat(line: (index: number) => string): string {
  return Array.from({ length: 3000 }, (_, index) => line(index))
    .join('')
    .slice(0, 30_000);
}

test.for([
  { name: 'a list', text: repeat((index) => `- ${sentence} row${index}x \n`) },
  { name: 'a paragraph', text: repeat((index) => `${sentence} row${index}x `) },
  { name: 'a table', text: `| a | b |\n|---|---|\n${repeat((index) => `| 1 | row${index}x |\n`)}` },
])(
  'one huge block takes a small share of the time, and all of it is shown: $name',
  { timeout: PATIENCE },
  ({ text }) => {
    const watch = watchLexer(2000);
    const splitter = makeBlockSplitter({ now: watch.now });
    let rowsSeen = 0;
    for (let end = 4 * TOKEN; end <= text.length; end += 4 * TOKEN) {
      watch.wait(4 * 20);
      const blocks = splitter.update(text.slice(0, end));
      const row = /(row\d+x) [^x]*$/.exec(text.slice(end - 24, end))?.[1];
      if (row === undefined) continue;
      // The last word is there at once, formatted or not.
      rowsSeen++;
      if (!blocks.slice(-2).some((block) => (block.text ?? block.markup).includes(row)))
        expect.fail(`${row} is not shown`);
    }
    expect(rowsSeen).toBeGreaterThan(20);
    expect(watch.lexed() / 2000).toBeLessThan(((text.length / TOKEN) * 20) / 10);
  },
);

test.for<[string, string, string, string]>([
  ['a paragraph', 'It was a dark and stormy night. ', 'The rain <fell> & fell', '</p>'],
  ['a list', '- one\n- two ', 'and a half', '</li>\n</ul>'],
  ['a heading', '## The ', 'Road', '</h2>'],
  ['a quote', '> Once ', 'upon a time', '</p>\n</blockquote>'],
  ['after bold', 'It is **over** ', 'now', '</p>'],
])('on a slow machine a line goes on in its own place: %s', ([, before, after, end]) => {
  let clock = 0;
  // Every look takes long, so what comes is not formatted for a while.
  const splitter = makeBlockSplitter({ now: () => (clock += 10) });
  splitter.update(before.slice(0, -2));
  splitter.update(before);
  splitter.update(before);
  const blocks = splitter.update(before + after);
  expect(blocks).toHaveLength(1);
  expect(blocks[0]?.markup).toContain(`${escapeHtml(` ${after}`)}${end}`);
  // Another line may be another block.
  expect(splitter.update(`${before}${after}\nnext`)).toHaveLength(2);
});
