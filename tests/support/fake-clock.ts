import type { Clock } from '../../src/worker/clock.ts';

export interface FakeClock extends Clock {
  /** Lets time pass and calls back everything that becomes due, in order of time. */
  advance(ms: number): void;
  /** Callbacks that have not come due. */
  readonly waiting: number;
}

interface Timer {
  due: number;
  callback: () => void;
}

export function makeFakeClock(start = 0): FakeClock {
  let now = start;
  let timers: Timer[] = [];

  const nextDue = (until: number): Timer | undefined =>
    timers.filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];

  return {
    now: () => now,
    after(ms, callback) {
      const timer: Timer = { due: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const until = now + ms;
      // A callback may set a timer that is due within the same span, so each is looked up anew.
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        const due = timer;
        timers = timers.filter((other) => other !== due);
        now = Math.max(now, due.due);
        due.callback();
      }
      now = until;
    },
    get waiting() {
      return timers.length;
    },
  };
}
