import { createSignal, onCleanup, type Accessor } from 'solid-js';

/** Whether the page is being printed: what the screen leaves out belongs on paper, too. */
export function createPrinting(): Accessor<boolean> {
  const [isPrinting, setPrinting] = createSignal(false);
  const begin = () => setPrinting(true);
  const end = () => setPrinting(false);
  addEventListener('beforeprint', begin);
  addEventListener('afterprint', end);
  onCleanup(() => {
    removeEventListener('beforeprint', begin);
    removeEventListener('afterprint', end);
  });
  return isPrinting;
}
