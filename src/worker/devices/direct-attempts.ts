import type { Clock } from '../clock.ts';

/** While only the relay works, a data channel is tried again after these times, then each time after the last. */
const waitsMs = [0, 10_000, 30_000, 60_000];

export interface DirectAttempts {
  /** Tries soon, unless an attempt is under way or planned. */
  follow(): void;
  /** The next attempt is a first one again. */
  reset(): void;
  /** As `reset`, and without waiting for the time that was planned. */
  hurry(): void;
  stop(): void;
}

/** The session runs over the relay: the direct way is tried at once, then now and then. */
export function makeDirectAttempts(options: {
  clock: Clock;
  isWanted(): boolean;
  /** One attempt. A failure is no news: the relay goes on carrying the session. */
  attempt(): Promise<void>;
}): DirectAttempts {
  let tries = 0;
  let isTrying = false;
  let stopTimer: (() => void) | null = null;

  const stop = (): void => {
    stopTimer?.();
    stopTimer = null;
  };

  function follow(): void {
    if (stopTimer !== null || isTrying || !options.isWanted()) return;
    const ms = waitsMs[Math.min(tries, waitsMs.length - 1)] ?? 0;
    tries += 1;
    stopTimer = options.clock.after(ms, () => {
      stopTimer = null;
      void go();
    });
  }

  async function go(): Promise<void> {
    if (isTrying || !options.isWanted()) return;
    isTrying = true;
    await options.attempt().catch(() => {});
    isTrying = false;
    follow();
  }

  return {
    follow,
    reset: () => (tries = 0),
    hurry() {
      tries = 0;
      stop();
      follow();
    },
    stop,
  };
}
