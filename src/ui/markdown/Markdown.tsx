import { createMemo, createRenderEffect, Index, type JSX } from 'solid-js';
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

/** An answer as it grows. While `streaming`, only its last block is rendered again. */
export function Markdown(props: { text: string; streaming: boolean }): JSX.Element {
  const splitter = makeBlockSplitter();
  const blocks = createMemo(() =>
    props.streaming ? splitter.update(props.text) : splitter.finish(props.text),
  );
  return (
    <div class="md" onClick={(event) => void copyCode(event)}>
      {/* By place: a block never leaves its place, and one that did not change is the same object. */}
      <Index each={blocks()}>{(block) => <BlockView block={block()} />}</Index>
    </div>
  );
}
