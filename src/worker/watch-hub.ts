import type { TabId } from '../shared/ids.ts';
import { joinEvents, type AnyEvent, type TopicName, type Topics } from '../shared/topics.ts';
import type { FromTab, ToTab } from '../shared/watch.ts';

/** The part of a MessagePort that a watch needs. */
export interface WatchPort {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

interface Watcher {
  readonly topic: TopicName;
  readonly tabId: TabId;
  readonly port: WatchPort;
  readonly read: () => Topics[TopicName]['state'];
  number: number;
  /** A batch is on its way and not acknowledged. */
  inFlight: boolean;
  pending: AnyEvent[];
  /** `pending` grew past its bound, or the tab asked: the next post is a snapshot. */
  stale: boolean;
}

/** Past this many unjoinable events a snapshot is cheaper than the list. */
const maxPending = 200;

export interface WatchHub {
  /** `read` gives the topic's current state whenever a snapshot is due. */
  watch<N extends TopicName>(topic: N, tabId: TabId, port: WatchPort, read: () => Topics[N]['state']): void;
  publish<N extends TopicName>(topic: N, event: Topics[N]['event']): void;
  isWatched(topic: TopicName): boolean;
  dropTab(tabId: TabId): void;
}

/** Who watches what, and what each has not seen yet. Knows nothing of what the topics mean. */
export function makeWatchHub(onUnwatched: (topic: TopicName) => void): WatchHub {
  const watchers = new Map<TopicName, Set<Watcher>>();

  function drop(watcher: Watcher): void {
    watcher.port.onmessage = null;
    watcher.port.close();
    const others = watchers.get(watcher.topic);
    others?.delete(watcher);
    if (others?.size === 0) {
      watchers.delete(watcher.topic);
      onUnwatched(watcher.topic);
    }
  }

  function flush(watcher: Watcher): void {
    if (watcher.inFlight || (!watcher.stale && watcher.pending.length === 0)) return;
    watcher.number++;
    watcher.inFlight = true;
    const { number, pending } = watcher;
    const message: ToTab<TopicName> = watcher.stale
      ? { type: 'snapshot', number, state: watcher.read() }
      : { type: 'events', number, events: pending };
    watcher.stale = false;
    watcher.pending = [];
    watcher.port.postMessage(message);
  }

  function receive(watcher: Watcher, message: FromTab): void {
    switch (message.type) {
      case 'ack':
        if (message.number !== watcher.number) return;
        watcher.inFlight = false;
        flush(watcher);
        break;
      case 'resync':
        watcher.inFlight = false;
        watcher.stale = true;
        flush(watcher);
        break;
      case 'close':
        drop(watcher);
        break;
    }
  }

  return {
    watch(topic, tabId, port, read) {
      const watcher: Watcher = {
        topic,
        tabId,
        port,
        read,
        number: 0,
        inFlight: false,
        pending: [],
        stale: true,
      };
      const others = watchers.get(topic) ?? new Set();
      watchers.set(topic, others.add(watcher));
      port.onmessage = (event) => receive(watcher, event.data as FromTab);
      flush(watcher);
    },

    publish(topic, event) {
      for (const watcher of watchers.get(topic) ?? []) {
        // The snapshot that is due will hold this event's effect.
        if (watcher.stale) continue;
        const last = watcher.pending.at(-1);
        const joined = last && joinEvents(last, event);
        if (joined) watcher.pending[watcher.pending.length - 1] = joined;
        else watcher.pending.push(event);
        if (watcher.pending.length > maxPending) {
          watcher.pending = [];
          watcher.stale = true;
        }
        flush(watcher);
      }
    },

    isWatched: (topic) => watchers.has(topic),

    dropTab(tabId) {
      for (const set of watchers.values()) {
        for (const watcher of set) if (watcher.tabId === tabId) drop(watcher);
      }
    },
  };
}
