import type { Remote } from 'comlink';
import type { Accessor } from 'solid-js';
import type { CoreApi } from '../../shared/core-api.ts';
import type { TabId } from '../../shared/ids.ts';
import type { TopicName, Topics } from '../../shared/topics.ts';

/**
 * `open`: the core answers. `reconnecting`: it died and a new one is being started. `outdated`: the core is of
 * another build, and only a reload helps. `failed`: no core can be had.
 */
export type LinkStatus = 'connecting' | 'open' | 'reconnecting' | 'outdated' | 'failed';

export interface WatchHandlers<N extends TopicName> {
  onSnapshot(state: Topics[N]['state']): void;
  /** Throwing asks the core for a new snapshot. */
  onEvents(events: Topics[N]['event'][]): void;
}

/** A tab's way to the core. It outlives the core: calls wait for the next one, watches are started again. */
export interface CoreConnection {
  readonly tabId: TabId;
  readonly status: Accessor<LinkStatus>;
  /** Rejects with an `AppError`; with `core-died` when the core went away during a call. */
  readonly api: Omit<CoreApi, 'hello' | 'watch' | 'alive' | 'offerGateway'>;
  /** Calls back for every life of the core that this tab meets; what it returns is called when that life is over. */
  onOpen(listener: (core: Remote<CoreApi>) => () => void): void;
  /** Returns what ends the watch. */
  watch<N extends TopicName>(topic: N, handlers: WatchHandlers<N>): () => void;
}
