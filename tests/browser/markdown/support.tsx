import { createSignal, type Setter } from 'solid-js';
import { render } from 'solid-js/web';
import { expect, onTestFinished, vi } from 'vitest';
import { makeBlockSplitter, type BlockSplitter } from '../../../src/ui/markdown/blocks.ts';
import { Markdown } from '../../../src/ui/markdown/Markdown.tsx';
import type { Block } from '../../../src/ui/markdown/render.ts';
import { showBlock } from '../../../src/ui/markdown/show-block.ts';

/** What `Markdown` shows, without Solid: thousands of answers in one test. */
interface Sheet {
  readonly root: HTMLElement;
  update(text: string): void;
  finish(text: string): void;
}

export function makeSheet(splitter: BlockSplitter = makeBlockSplitter({ now: () => 0 })): Sheet {
  const root = document.createElement('div');
  let shown: readonly Block[] = [];
  function show(blocks: readonly Block[]): void {
    while (root.childElementCount > blocks.length) root.lastElementChild?.remove();
    while (root.childElementCount < blocks.length) root.append(document.createElement('div'));
    for (const [index, block] of blocks.entries()) {
      const element = root.children[index];
      if (element) showBlock(element, block, shown[index] ?? null);
    }
    shown = blocks;
  }
  return {
    root,
    update: (text) => show(splitter.update(text)),
    finish: (text) => show(splitter.finish(text)),
  };
}

interface Answer {
  readonly root: HTMLElement;
  readonly setText: Setter<string>;
  readonly setStreaming: Setter<boolean>;
}

/** The component on the page, removed with the test. */
export function mountAnswer(text: string, streaming: boolean): Answer {
  const root = document.createElement('main');
  document.body.append(root);
  const [currentText, setText] = createSignal(text);
  const [isStreaming, setStreaming] = createSignal(streaming);
  const unmount = render(() => <Markdown text={currentText()} streaming={isStreaming()} />, root);
  onTestFinished(() => {
    unmount();
    root.remove();
  });
  return { root, setText, setStreaming };
}

/** Milliseconds: the chunks are transformed when they are first asked for. */
const PATIENCE = { timeout: 10_000 };

/** Waits until highlighting and typesetting happen at once, so that what they do can be compared. */
export async function loadChunks(): Promise<void> {
  const sheet = makeSheet();
  sheet.finish('```js\nlet a;\n```\n\n$x$');
  await vi.waitFor(() => expect(sheet.root.querySelector('.hljs-keyword')).not.toBeNull(), PATIENCE);
  await vi.waitFor(() => expect(sheet.root.querySelector('.katex')).not.toBeNull(), PATIENCE);
}

/** The prefixes to feed: every character of a short text, pieces of a token's length of a long one. */
export function* prefixes(text: string): Generator<string> {
  const step = text.length > 400 ? 7 : 1;
  for (let end = 1; end < text.length; end += step) yield text.slice(0, end);
  yield text;
}
