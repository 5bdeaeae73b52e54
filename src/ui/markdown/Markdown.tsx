import { createMemo, createRenderEffect, For, Index, type JSX } from 'solid-js';
import { makeBlockSplitter } from './blocks.ts';
import { copyCode } from './copy-code.ts';
import type { Block } from './render.ts';
import { showBlock } from './show-block.ts';
import './markdown.css';
import './highlight-theme.css';

function BlockView(props: { block: Block }): JSX.Element {
  return (
    <div
      class="md-block"
      dir="auto"
      ref={(element) =>
        createRenderEffect<Block | null>((shown) => {
          showBlock(element, props.block, shown);
          return props.block;
        }, null)
      }
    />
  );
}

/**
 * Blocks that are laid out and painted together. A long answer has thousands of blocks; in groups, those off the screen
 * cost nothing in a frame (`markdown.css`), and the browser looks through groups instead of blocks.
 */
const groupSize = 32;

const sameBlocks = (a: readonly Block[], b: readonly Block[]): boolean =>
  a.length === b.length && a.every((block, index) => block === b[index]);

function BlockGroup(props: { blocks: readonly Block[]; start: number }): JSX.Element {
  const own = createMemo(() => props.blocks.slice(props.start, props.start + groupSize), [], {
    equals: sameBlocks,
  });
  return (
    <div class="md-group">
      {/* By place: a block never leaves its place, and one that did not change is the same object. */}
      <Index each={own()}>{(block) => <BlockView block={block()} />}</Index>
    </div>
  );
}

/** An answer as it grows. While `streaming`, only its last block is rendered again. */
export function Markdown(props: { text: string; streaming: boolean }): JSX.Element {
  const splitter = makeBlockSplitter();
  const blocks = createMemo(() =>
    props.streaming ? splitter.update(props.text) : splitter.finish(props.text),
  );
  const groupCount = createMemo(() => Math.ceil(blocks().length / groupSize));
  const starts = createMemo(() => Array.from({ length: groupCount() }, (_, index) => index * groupSize));
  return (
    <div class="md" onClick={(event) => void copyCode(event)}>
      <For each={starts()}>{(start) => <BlockGroup blocks={blocks()} start={start} />}</For>
    </div>
  );
}
