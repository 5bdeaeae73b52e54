import { createSignal, onCleanup, onMount, type Accessor } from 'solid-js';
import { distanceToEnd, followsAfter, type ScrollPlace } from './follow-rule.ts';

export interface Follow {
  /** Called from the view, once each. */
  readonly scrollerRef: (element: HTMLElement) => void;
  readonly contentRef: (element: HTMLElement) => void;
  /** Whether growing content keeps its end in view. */
  readonly following: Accessor<boolean>;
  /** There is something below what is on the screen. */
  readonly isAway: Accessor<boolean>;
  toEnd(): void;
  /** Stops following, so that a place further up can be shown. */
  release(): void;
  readonly scroller: Accessor<HTMLElement | undefined>;
}

export interface FollowOptions {
  /** A log is shown, and no page that is read from its top. */
  isLog: Accessor<boolean>;
  /** What is rendered ends before the log does. */
  isPartial: Accessor<boolean>;
}

/** Keeps the end of a growing log in view for as long as the person is there, and not a moment longer. */
export function createFollow({ isLog, isPartial }: FollowOptions): Follow {
  const [scroller, setScroller] = createSignal<HTMLElement>();
  const [content, setContent] = createSignal<HTMLElement>();
  const [following, setFollowing] = createSignal(true);
  const [isAway, setAway] = createSignal(false);
  let last: ScrollPlace = { top: 0, height: 0, viewport: 0 };

  const read = (element: HTMLElement): ScrollPlace => ({
    top: element.scrollTop,
    height: element.scrollHeight,
    viewport: element.clientHeight,
  });
  const settle = (element: HTMLElement) => {
    last = read(element);
    setAway(isLog() && !following() && (isPartial() || distanceToEnd(last) > last.viewport / 4));
  };
  const toEnd = () => {
    const element = scroller();
    setFollowing(true);
    if (!element) return;
    element.scrollTop = isLog() ? element.scrollHeight : 0;
    settle(element);
  };

  onMount(() => {
    const element = scroller();
    const inside = content();
    if (!element || !inside) return;
    const onScroll = () => {
      if (isLog()) setFollowing(!isPartial() && followsAfter(following(), last, read(element)));
      settle(element);
    };
    // A wheel turned up says so before anything has moved, and before the next token pulls the view down again.
    const onWheel = (event: WheelEvent) => {
      if (isLog() && event.deltaY < 0 && !event.ctrlKey && element.scrollTop > 0) setFollowing(false);
    };
    // Observers run after layout and before paint, so the end moves with the text and nothing is seen to jump.
    const observer = new ResizeObserver(() => {
      if (following() && isLog()) toEnd();
      else settle(element);
    });
    observer.observe(inside);
    observer.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    element.addEventListener('wheel', onWheel, { passive: true });
    onCleanup(() => {
      observer.disconnect();
      element.removeEventListener('scroll', onScroll);
      element.removeEventListener('wheel', onWheel);
    });
  });

  return {
    scrollerRef: setScroller,
    contentRef: setContent,
    following,
    isAway,
    toEnd,
    release: () => setFollowing(false),
    scroller,
  };
}
