import { createSignal, onCleanup, type Accessor } from 'solid-js';

/** The time, read anew every second for as long as its owner lives. */
export function createNow(): Accessor<number> {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), 1000);
  onCleanup(() => clearInterval(timer));
  return now;
}
