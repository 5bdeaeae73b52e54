import { createSignal, onCleanup, type Accessor } from 'solid-js';
import type { ConversationId } from '../../shared/ids.ts';
import { addressOf, newChatAddress, parseRoute, type Route } from './parse-route.ts';

export interface Router {
  readonly route: Accessor<Route>;
  /** Adds to the history; null is a new chat. */
  go(id: ConversationId | null): void;
  /** Takes the place of the current entry, so that Back does not lead to a new chat that no longer is one. */
  replace(id: ConversationId | null): void;
}

const same = (a: Route, b: Route): boolean =>
  a.type === b.type && (a.type !== 'conversation' || b.type !== 'conversation' || a.id === b.id);

export function createRoute(): Router {
  const [route, setRoute] = createSignal(parseRoute(location.hash), { equals: same });
  const read = () => setRoute(parseRoute(location.hash));
  // `popstate` comes for Back and Forward and for a link in the page, whose address differs by the hash alone.
  addEventListener('popstate', read);
  onCleanup(() => removeEventListener('popstate', read));

  const address = (id: ConversationId | null) => (id === null ? newChatAddress : addressOf(id));
  return {
    route,
    go(id) {
      if (location.hash !== address(id)) history.pushState(null, '', address(id));
      read();
    },
    replace(id) {
      history.replaceState(null, '', address(id));
      read();
    },
  };
}
