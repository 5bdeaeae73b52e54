import { completeTail } from './complete-tail.ts';
import { escapeHtml } from './escape-html.ts';
import { findSettled } from './find-settled.ts';
import { isOpeningFence, openFence, type OpenFence } from './open-fence.ts';
import { codeMarkup, plainBlock, renderBlocks, type Block, type Links } from './render.ts';

/**
 * Turns the growing text of one answer into blocks. A block keeps its place in the list for good, and a
 * block that did not change is the same object as before, so that a view shows it once.
 */
export interface BlockSplitter {
  /** `text` is the whole text so far. Text that does not continue the last one starts over. */
  update(text: string): readonly Block[];
  /** The blocks of the whole text, exactly as if it had come at once: definitions at its end reach its beginning. */
  finish(text: string): readonly Block[];
}

interface BlockSplitterOptions {
  /** Milliseconds; only differences count. */
  now?: () => number;
}

/** Milliseconds. A tail (one list, one paragraph) that takes longer to lex is too large to be lexed at every update... */
const FREE = 3;
/** ...and rests this many times as long as it took: what comes meanwhile is shown unformatted... */
const REST = 20;
/** ...within the line that it goes on, or below a block with more characters of markup: to show that again is what takes long. */
const SMALL = 4_000;
/** Ends of blocks. What ends within a line is no place for more text: a formula, or bold that is over. */
const BLOCK_ENDS = /(?:<\/(?:p|li|[ou]l|h[1-6]|blockquote)>\s*)+$/;

function isSame(a: Block, b: Block): boolean {
  return a === b || (a.closed === b.closed && a.markup === b.markup && a.text === b.text);
}

interface Progress {
  /** The text of the last update, and how far into it the tail reaches. */
  seen: string;
  read: number;
  /** Blocks that no text can change any more; they are never lexed again. */
  settled: Block[];
  links: Links;
  /** The text after them. */
  tail: string;
  /** How much of the tail was whole lines when it was last searched for settled blocks. */
  searched: number;
  fence: OpenFence | null;
  /** The blocks of the first `formatted` characters of the tail. */
  open: readonly Block[];
  formatted: number;
  /** Milliseconds that took. */
  cost: number;
  nextFormat: number;
}

function begin(): Progress {
  return {
    seen: '',
    read: 0,
    settled: [],
    links: {},
    tail: '',
    searched: 0,
    fence: null,
    open: [],
    formatted: 0,
    cost: 0,
    nextFormat: -Infinity,
  };
}

/** Compared as wholes: `startsWith` takes hundreds of times as long. */
const isContinued = ({ seen }: Progress, text: string): boolean => text.slice(0, seen.length) === seen;

/** What `text` adds, with line breaks as marked reads them. */
function take(at: Progress, text: string): string {
  // A carriage return at the very end may be half a line break.
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  const delta = text.slice(at.read, end).replace(/\r\n?/g, '\n');
  at.seen = text;
  at.read = end;
  at.tail += delta;
  return delta;
}

function settle(at: Progress): void {
  const lines = at.tail.slice(0, at.tail.lastIndexOf('\n') + 1);
  if (lines.length === at.searched) return;
  const end = findSettled(lines);
  at.searched = lines.length - end;
  if (end === 0) return;
  const { blocks, links } = renderBlocks(at.tail.slice(0, end), at.links, true);
  at.settled.push(...blocks);
  at.links = links;
  at.tail = at.tail.slice(end);
}

function openBlocks({ fence, tail, links, formatted }: Progress): readonly Block[] {
  if (fence) return [{ markup: codeMarkup(fence.info), text: fence.text(), closed: false }];
  // The name of the language is shown when it is whole.
  if (isOpeningFence(tail)) return [{ markup: codeMarkup(''), text: '', closed: false }];
  return renderBlocks(completeTail(tail.slice(0, formatted)), links, false).blocks;
}

function format(at: Progress, now: () => number): void {
  const start = now();
  settle(at);
  at.fence = openFence(at.tail);
  // Where the rest of the tail will have to wait, it is not to begin inside a word.
  const end = at.cost > FREE ? Math.max(at.tail.lastIndexOf(' '), at.tail.lastIndexOf('\n')) + 1 : Infinity;
  at.formatted = at.tail.slice(0, end).length;
  at.open = openBlocks(at);
  const spent = now() - start;
  // The lesser of two: one slow pass alone is the machine's doing, not the text's.
  const cost = Math.min(spent, at.cost);
  at.cost = spent;
  at.nextFormat = start + spent + (cost > FREE ? cost * REST : 0);
}

/** The open blocks, and what of the tail is not formatted yet. */
function withRest({ tail, formatted, fence, open }: Progress): readonly Block[] {
  const rest = fence ? '' : tail.slice(formatted);
  if (rest === '') return open;
  const last = open.at(-1);
  const before = tail[formatted - 1];
  const goesOn = before !== undefined && before !== '\n' && !rest.includes('\n');
  if (!goesOn || last?.text !== null || last.markup.length > SMALL || !BLOCK_ENDS.test(last.markup))
    return [...open, plainBlock(rest, false)];
  // A space at the end of a block is dropped.
  const more = escapeHtml((before === ' ' ? before : '') + rest);
  return [...open.slice(0, -1), { ...last, markup: last.markup.replace(BLOCK_ENDS, (ends) => more + ends) }];
}

function readOn(at: Progress, text: string, now: () => number): readonly Block[] {
  const delta = take(at, text);
  if (at.fence && !at.fence.append(delta)) {
    at.open = openBlocks(at);
  } else if (at.fence || now() >= at.nextFormat) {
    format(at, now);
  }
  return [...at.settled, ...withRest(at)];
}

export function makeBlockSplitter({
  now = () => performance.now(),
}: BlockSplitterOptions = {}): BlockSplitter {
  let progress = begin();
  let shown: readonly Block[] = [];

  function show(blocks: readonly Block[]): readonly Block[] {
    shown = blocks.map((block, index) => {
      const before = shown[index];
      return before && isSame(before, block) ? before : block;
    });
    return shown;
  }

  /** marked calls some inputs impossible, and throws: such an answer is still to be read. */
  function orPlain(text: string, closed: boolean, read: () => readonly Block[]): readonly Block[] {
    try {
      return show(read());
    } catch {
      progress = begin();
      return show([plainBlock(text, closed)]);
    }
  }

  return {
    update(text) {
      if (!isContinued(progress, text)) progress = begin();
      return orPlain(text, false, () => readOn(progress, text, now));
    },
    finish(text) {
      const at = progress;
      progress = begin();
      return orPlain(text, true, () => finishFrom(at, text) ?? renderBlocks(text, {}, true).blocks);
    },
  };
}

/**
 * The blocks of the whole text from those that are settled, so that a long answer is not read again at its end.
 * Null where it must be: with a link definition, which reaches back to the first block.
 */
function finishFrom(at: Progress, text: string): readonly Block[] | null {
  if (at.seen === '' || text.endsWith('\r') || !isContinued(at, text)) return null;
  take(at, text);
  const last = renderBlocks(at.tail, at.links, true);
  return Object.keys(last.links).length === 0 ? [...at.settled, ...last.blocks] : null;
}
