import type { Clock } from './clock.ts';
import { BATCH_MS } from './limits.ts';
import { MAX_TEXT } from './messages.ts';

export interface TokenBatch {
  add(text: string, tokens: number): void;
  /** What waits goes out now. */
  flush(): void;
  /** What waits is dropped. */
  drop(): void;
}

/** Joins tokens that come close together. The first after a pause goes at once, so a slow model is not delayed. */
export function makeTokenBatch(clock: Clock, out: (text: string, tokens: number) => void): TokenBatch {
  let text = '';
  let tokens = 0;
  let lastFlush = -Infinity;
  let stopTimer: (() => void) | null = null;

  const drop = () => {
    stopTimer?.();
    stopTimer = null;
    text = '';
    tokens = 0;
  };

  const flush = () => {
    const [all, count] = [text, tokens];
    drop();
    if (all === '' && count === 0) return;
    lastFlush = clock.now();
    for (let from = 0; from === 0 || from < all.length; from += MAX_TEXT) {
      out(all.slice(from, from + MAX_TEXT), from === 0 ? count : 0);
    }
  };

  return {
    add(more, count) {
      text += more;
      tokens += count;
      const sinceLast = clock.now() - lastFlush;
      if (sinceLast >= BATCH_MS || sinceLast < 0) flush();
      else stopTimer ??= clock.after(BATCH_MS - sinceLast, flush);
    },
    flush,
    drop,
  };
}
