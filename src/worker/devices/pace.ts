import type { Clock } from '../clock.ts';

export interface Pace {
  /** Something changed: calls now, or as soon as it may again. */
  touch(): void;
  /** No call after this one. */
  stop(): void;
}

/** Calls at the first change and then at most every `ms`, however many changes come; the last is never left out. */
export function makePace(clock: Clock, ms: number, call: () => void): Pace {
  let isDue = false;
  let stopTimer: (() => void) | null = null;
  let isStopped = false;

  const go = (): void => {
    isDue = false;
    stopTimer = clock.after(ms, () => {
      stopTimer = null;
      if (isDue) go();
    });
    call();
  };

  return {
    touch() {
      if (isStopped) return;
      if (stopTimer === null) go();
      else isDue = true;
    },
    stop() {
      isStopped = true;
      stopTimer?.();
    },
  };
}
