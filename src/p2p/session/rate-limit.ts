import type { Clock } from './clock.ts';

/** A bucket of `burst` tokens that fills at `perSecond`: false means one too many. */
export function makeRateLimit(clock: Clock, burst: number, perSecond: number): () => boolean {
  let left = burst;
  let at = clock.now();
  return () => {
    const now = clock.now();
    // A clock set back gives nothing.
    left = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
