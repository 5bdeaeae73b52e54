import { createEffect, on, onCleanup, type Accessor } from 'solid-js';
import { createStore, produce, reconcile } from 'solid-js/store';
import { applyEvent, type TopicName, type Topics } from '../../shared/topics.ts';
import { useCore } from './use-core.ts';

type State<N extends TopicName> = Topics[N]['state'];

/**
 * A live view of a topic as a store, null until its first snapshot and while `topic` is null.
 * Owned by the component that makes it: it ends with it.
 */
export function createWatch<N extends TopicName>(topic: Accessor<N | null>): Accessor<State<N> | null> {
  const core = useCore();
  const [view, setView] = createStore<{ state: State<N> | null }>({ state: null });
  createEffect(
    on(topic, (name) => {
      setView('state', null);
      if (name === null) return;
      const end = core.watch(name, {
        // Keyed by id, so that what did not change keeps its identity, and with it its DOM.
        onSnapshot: (state) => setView('state', reconcile(state as never, { key: 'id' })),
        onEvents: (events) =>
          setView(
            produce((draft) => {
              for (const event of events) applyEvent(draft, event);
            }),
          ),
      });
      onCleanup(end);
    }),
  );
  return () => view.state;
}
