import type { Clock } from './clock.ts';

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Tokens of the last hour, counted by minutes. */
export interface HourlyBudget {
  readonly used: number;
  spend(tokens: number): void;
  /** Seconds until the oldest counted minute is forgotten. */
  readonly secondsToMore: number;
}

export function makeHourlyBudget(clock: Clock): HourlyBudget {
  const byMinute = new Map<number, number>();

  const minuteNow = () => Math.floor(clock.now() / MINUTE_MS);
  const forgetOld = () => {
    const newest = minuteNow();
    for (const minute of byMinute.keys()) {
      // Of a clock that was set back: nobody knows when that minute was, and it would be counted until the clock is there again.
      if (minute <= newest - MINUTES || minute > newest) byMinute.delete(minute);
    }
  };

  return {
    get used() {
      forgetOld();
      return [...byMinute.values()].reduce((sum, tokens) => sum + tokens, 0);
    },
    spend(tokens) {
      forgetOld();
      const minute = minuteNow();
      byMinute.set(minute, (byMinute.get(minute) ?? 0) + tokens);
    },
    get secondsToMore() {
      forgetOld();
      const oldest = Math.min(...byMinute.keys());
      if (oldest === Infinity) return 0;
      return Math.max(1, Math.ceil(((oldest + MINUTES + 1) * MINUTE_MS - clock.now()) / 1000));
    },
  };
}
