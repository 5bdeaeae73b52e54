import { createSignal, onCleanup, type Accessor } from 'solid-js';

export function createMediaQuery(query: string): Accessor<boolean> {
  const list = matchMedia(query);
  const [matches, setMatches] = createSignal(list.matches);
  const read = () => setMatches(list.matches);
  list.addEventListener('change', read);
  onCleanup(() => list.removeEventListener('change', read));
  return matches;
}
