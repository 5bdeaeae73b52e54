import type { Clock } from '../clock.ts';

const firstMs = 1_000;
const longestMs = 30_000;

/** The next attempt at something that fails now and then. */
export interface Retry {
  /** Plans it for now. */
  soon(): void;
  /** Plans it for later, and the one after it for later still. */
  backOff(): void;
  readonly isPlanned: boolean;
  cancel(): void;
  /** What comes next is a first failure again. */
  reset(): void;
}

export function makeRetry(clock: Clock, attempt: () => void): Retry {
  let waitMs = firstMs;
  let stopTimer: (() => void) | null = null;

  const cancel = (): void => {
    stopTimer?.();
    stopTimer = null;
  };
  const plan = (ms: number): void => {
    cancel();
    stopTimer = clock.after(ms, () => {
      stopTimer = null;
      attempt();
    });
  };

  return {
    soon: () => plan(0),
    backOff() {
      // Not all devices of a house at the same moment.
      plan(waitMs * (0.75 + Math.random() / 2));
      waitMs = Math.min(waitMs * 2, longestMs);
    },
    get isPlanned() {
      return stopTimer !== null;
    },
    cancel,
    reset: () => (waitMs = firstMs),
  };
}
