import { Lexer } from 'marked';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeBlockSplitter } from '../../../src/ui/markdown/blocks.ts';
import type { Block } from '../../../src/ui/markdown/render.ts';
import { examples, mixtures } from './examples.ts';

const still = { now: () => 0 };
// Definitions may come after what refers to them, and only the end puts that right.
const DEFINES = /^ {0,3}(?:[->] ?)*\[[^\]]+\]:/m;

function once(text: string): readonly Block[] {
  return makeBlockSplitter(still).finish(text);
}

function contentOf(blocks: readonly Block[]): (string | null)[][] {
  return blocks.map((block) => [block.markup, block.text]);
}

/** Feeds every prefix. Returns the closed blocks, after checking that none of them ever changed or left its place. */
function streamClosed(text: string): readonly Block[] {
  const splitter = makeBlockSplitter(still);
  let closed: readonly Block[] = [];
  for (let end = 1; end <= text.length; end++) {
    const now = splitter.update(text.slice(0, end)).filter((block) => block.closed);
    for (const [index, block] of closed.entries()) {
      if (now[index] !== block)
        expect.fail(`block ${index} changed after ${JSON.stringify(text.slice(0, end))}`);
    }
    closed = now;
  }
  return closed;
}

// Milliseconds: a few thousand texts, one character at a time.
describe('the block splitter', { timeout: 60_000 }, () => {
  test('closes no block that the text after it changes', () => {
    const texts = [...examples, ...mixtures(150, 1)];
    const wrong: string[] = [];
    let checked = 0;
    for (const text of texts) {
      const closed = streamClosed(text);
      if (DEFINES.test(text)) continue;
      checked += closed.length;
      const final = once(text).slice(0, closed.length);
      if (JSON.stringify(contentOf(closed)) !== JSON.stringify(contentOf(final))) wrong.push(text);
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(400);
  });

  test('ends with the blocks of the whole text', () => {
    for (const text of [...examples, ...mixtures(50, 2)]) {
      const splitter = makeBlockSplitter(still);
      for (let end = 3; end < text.length; end += 3) splitter.update(text.slice(0, end));
      expect(splitter.finish(text)).toEqual(once(text));
    }
  });

  test('keeps the blocks that the end does not change', () => {
    const splitter = makeBlockSplitter(still);
    const text = '# One\n\nSee [two].\n\n```\ncode\n```\n\n[two]: https://example.org\n';
    const before = splitter.update(text);
    const after = splitter.finish(text);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[1]?.markup).toContain('href="https://example.org"');
    expect(after[2]).toBe(before[2]);
  });

  test('joins a list whose next number comes alone', () => {
    const splitter = makeBlockSplitter(still);
    for (const prefix of ['1. a\n', '1. a\n\n2', '1. a\n\n2. b']) splitter.update(prefix);
    expect(splitter.update('1. a\n\n2. b\n')).toHaveLength(1);
  });

  test('reads every kind of line break', () => {
    const splitter = makeBlockSplitter(still);
    const text = '# a\r\n\r\nb\rc\r\n```\r\nx\r\n\r\ny\r\n```\r\n';
    for (let end = 1; end <= text.length; end++) splitter.update(text.slice(0, end));
    expect(splitter.update(text).map((block) => block.text)).toEqual([null, null, 'x\n\ny']);
  });

  test('starts over on text that does not continue the last, and goes on after an end', () => {
    const splitter = makeBlockSplitter(still);
    splitter.update('# One\n\ntwo\n\nthree');
    expect(contentOf(splitter.update('# Other'))).toEqual([['<h1>Other</h1>\n', null]]);
    const [heading] = splitter.finish('# Other\n\ntext');
    expect(splitter.update('# Other\n\ntext goes on')[0]).toBe(heading);
  });

  test('shows an answer that marked cannot read as it is, until it can', () => {
    const splitter = makeBlockSplitter(still);
    splitter.update('# One\n\ntext');
    const lex = vi.spyOn(Lexer.prototype, 'lex').mockImplementation(() => {
      throw new Error('Infinite loop on byte: 42');
    });
    onTestFinished(() => lex.mockRestore());
    expect(splitter.update('# One\n\ntext *').map((block) => block.text)).toEqual(['# One\n\ntext *']);
    expect(splitter.finish('# One').map((block) => block.text)).toEqual(['# One']);
    lex.mockRestore();
    expect(contentOf(splitter.update('# One\n\ntext * on'))).toEqual(contentOf(once('# One\n\ntext * on')));
  });

  test.for([
    '>',
    '> ',
    '- ',
    '1. ',
    '*a _b ',
    '[',
    '![',
    '_a ',
    '**a ',
    '\\( ',
    '$$ ',
    '`` ',
    '| ',
    '<a ',
    '~~a ',
  ])('survives a model caught in a loop: %j', (loop) => {
    const text = loop.repeat(3000);
    const splitter = makeBlockSplitter(still);
    for (const end of [10, 100, 1000, text.length]) splitter.update(text.slice(0, end));
    expect(splitter.finish(text).length).toBeGreaterThan(0);
  });
});
