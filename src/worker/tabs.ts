import { tabLifeLock } from '../shared/lock-names.ts';
import type { TabId } from '../shared/ids.ts';

/** The part of the Web Locks API that Hearth uses. */
export type Locks = Pick<LockManager, 'request'>;

export interface Tabs {
  /** Called once per tab, at its hello. The tab holds its lock already. */
  add(tabId: TabId): void;
  has(tabId: TabId): boolean;
  readonly size: number;
}

/**
 * Notices the death of tabs: a tab holds a Web Lock for its life, the core queues for it, and the browser grants it
 * within some 50 ms of a close, a reload, a navigation or a crash (a MessagePort tells nothing of these).
 * Without Web Locks (insecure origins) dead tabs stay listed: they cost one bounded buffer per watch.
 */
export function makeTabs(locks: Locks | null, onGone: (tabId: TabId) => void): Tabs {
  const alive = new Set<TabId>();
  return {
    add(tabId) {
      if (alive.has(tabId)) return;
      alive.add(tabId);
      void locks?.request(tabLifeLock(tabId), () => {
        alive.delete(tabId);
        onGone(tabId);
      });
    },
    has: (tabId) => alive.has(tabId),
    get size() {
      return alive.size;
    },
  };
}
