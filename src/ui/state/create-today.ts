import { createSignal, onCleanup, type Accessor } from 'solid-js';
import { startOfDay } from './group-conversations.ts';

/**
 * The start of the current day; changes at midnight. No timer counts the hours that a computer sleeps, so it is looked at again
 * whenever a person comes back.
 */
export function createToday(): Accessor<number> {
  const [today, setToday] = createSignal(startOfDay(Date.now()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => {
    clearTimeout(timer);
    const now = Date.now();
    setToday(startOfDay(now));
    timer = setTimeout(read, startOfDay(now, -1) - now);
  };
  read();
  document.addEventListener('visibilitychange', read);
  addEventListener('focus', read);
  onCleanup(() => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', read);
    removeEventListener('focus', read);
  });
  return today;
}
