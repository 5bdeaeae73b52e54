import { createSignal, onCleanup, type Accessor } from 'solid-js';
import { startOfDay } from './group-conversations.ts';

/** The start of the current day; changes at midnight, or when a sleeping computer wakes after it. */
export function createToday(): Accessor<number> {
  const [today, setToday] = createSignal(startOfDay(Date.now()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const arm = () => {
    const now = Date.now();
    timer = setTimeout(
      () => {
        setToday(startOfDay(Date.now()));
        arm();
      },
      startOfDay(now, -1) - now,
    );
  };
  arm();
  onCleanup(() => clearTimeout(timer));
  return today;
}
