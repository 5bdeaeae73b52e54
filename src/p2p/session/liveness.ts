import type { Clock } from './clock.ts';
import { MISSES_TO_CLOSE, MISSES_TO_SUSPEND, PING_MS, PROBE_MS } from './limits.ts';

export interface Liveness {
  /** Anything authentic came in. */
  heard(): void;
  /** Asks now. Without an answer soon, the other end counts as suspended at once. */
  probe(): void;
  stop(): void;
}

interface LivenessOptions {
  clock: Clock;
  ping(): void;
  /** The other end is asleep or away; then, that it is back. */
  onSuspended(isSuspended: boolean): void;
  onSilent(): void;
}

/**
 * Asks every few seconds whether the other end's code still runs: a data channel stays "connected" while the page
 * behind it is frozen. Counts its own beats, not the time: who has slept gets its grace after waking.
 */
export function watchLiveness({ clock, ping, onSuspended, onSilent }: LivenessOptions): Liveness {
  let misses = 0;
  let isHeard = true;
  let stopTimer = () => {};
  let stopProbe: (() => void) | null = null;

  const beat = () => {
    misses = isHeard ? 0 : misses + 1;
    isHeard = false;
    if (misses >= MISSES_TO_CLOSE) {
      onSilent();
      return;
    }
    if (misses === MISSES_TO_SUSPEND) onSuspended(true);
    stopTimer = clock.after(PING_MS, beat);
    ping();
  };
  stopTimer = clock.after(PING_MS, beat);

  return {
    heard() {
      stopProbe?.();
      stopProbe = null;
      if (misses >= MISSES_TO_SUSPEND) onSuspended(false);
      misses = 0;
      isHeard = true;
    },
    probe() {
      if (misses >= MISSES_TO_SUSPEND || stopProbe !== null) return;
      ping();
      stopProbe = clock.after(PROBE_MS, () => {
        stopProbe = null;
        if (misses >= MISSES_TO_SUSPEND) return;
        misses = MISSES_TO_SUSPEND;
        isHeard = false;
        onSuspended(true);
      });
    },
    stop() {
      stopTimer();
      stopProbe?.();
    },
  };
}
