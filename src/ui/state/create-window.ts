import { createEffect, createMemo, createSignal, onCleanup, untrack, type Accessor } from 'solid-js';
import { sameItems } from './branch-view.ts';
import { whileNear } from './while-near.ts';
import { aroundItem, endOf, stepItems, windowStart } from './window-range.ts';

export interface WindowOptions<T> {
  items: Accessor<T[]>;
  /** Names the list: another one starts again at its end. */
  list: Accessor<unknown>;
  scroller: Accessor<HTMLElement | undefined>;
}

export interface ItemWindow<T> {
  readonly shown: Accessor<T[]>;
  readonly hasOlder: Accessor<boolean>;
  readonly hasNewer: Accessor<boolean>;
  /** On elements above the first item and below the last: more items are added as they come near. */
  readonly olderRef: (element: HTMLElement) => void;
  readonly newerRef: (element: HTMLElement) => void;
  /** Moves the window to an item, unless it is in it. */
  showItem(item: T): void;
  showEnd(): void;
  /** However long it takes. Returns the way back. */
  showAll(): () => void;
}

/** How far off the screen items are added: a fast flick covers about two screens. */
const margin = '1200px 0px';

/** Whether the browser itself holds what is read in its place when something grows above it. */
const anchors = CSS.supports('overflow-anchor', 'auto');

interface Range {
  list: unknown;
  /** Index of the first item; infinite until there are items. */
  start: number;
  /** Index after the last item; infinite at the end of the list, so that new items are in it. */
  end: number;
}

/** Renders the end of a long list first, or the surroundings of one item, and more as the person scrolls there. */
export function createWindow<T>(options: WindowOptions<T>): ItemWindow<T> {
  const [asked, setAsked] = createSignal<Range | null>(null);

  /** Stays where it is unless asked, so that new items at the end push nothing out above. */
  const range = createMemo<Range>(
    (before) => {
      const list = options.list();
      const { length } = options.items();
      const wanted = asked()?.list === list ? asked() : before.list === list ? before : null;
      if (length === 0 || !wanted) return { list, start: windowStart(Infinity, length), end: Infinity };
      return { list, start: windowStart(wanted.start, length), end: endOf(wanted.end, length) };
    },
    { list: undefined, start: Infinity, end: Infinity },
  );
  const hasOlder = createMemo(() => range().start > 0 && range().start < Infinity);
  const hasNewer = createMemo(() => range().end < Infinity);
  const ask = (start: number, end: number) => setAsked({ list: untrack(options.list), start, end });

  const addOlder = (scroller: HTMLElement) => {
    // Browsers do not anchor at the very top.
    if (anchors && scroller.scrollTop < 1) scroller.scrollTop = 1;
    const toEnd = scroller.scrollHeight - scroller.scrollTop;
    ask(range().start - stepItems, range().end);
    if (!anchors) scroller.scrollTop = scroller.scrollHeight - toEnd;
  };
  const addNewer = () => ask(range().start, range().end + stepItems);

  /** Calls `add` for as long as the element it returns the ref of is near the screen. */
  const createSentinel = (add: (scroller: HTMLElement) => void) => {
    const [sentinel, setSentinel] = createSignal<HTMLElement>();
    createEffect(() => {
      const root = options.scroller();
      const target = sentinel();
      if (!root || !target) return;
      onCleanup(whileNear(target, { root, margin, onNear: () => add(root) }));
    });
    return setSentinel;
  };

  return {
    shown: createMemo(() => options.items().slice(range().start, range().end), [], { equals: sameItems }),
    hasOlder,
    hasNewer,
    olderRef: createSentinel(addOlder),
    newerRef: createSentinel(addNewer),
    showItem(item) {
      const index = options.items().indexOf(item);
      if (index < 0 || (index >= range().start && index < range().end)) return;
      ask(...aroundItem(index));
    },
    showAll() {
      const before = untrack(range);
      ask(0, Infinity);
      return () => setAsked(before);
    },
    showEnd() {
      const { length } = options.items();
      // While a list is on its way nothing is asked of it, and it comes with its end.
      if (length === 0) setAsked(null);
      else if (hasNewer()) ask(windowStart(Infinity, length), Infinity);
    },
  };
}
