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
      // Keyed by id, so that what did not change keeps its identity, and with it its DOM.
      const replace = (state: unknown) => setView('state', reconcile(state as never, { key: 'id' }));
      const end = core.watch(name, {
        onSnapshot: replace,
        onEvents(events) {
          const [event] = events;
          // Events that bring a whole state are joined in the core, so there is one at most.
          if (event && 'state' in event && events.length === 1) replace(event.state);
          else {
            setView(
              produce((draft) => {
                for (const each of events) applyEvent(draft, each);
              }),
            );
          }
        },
      });
      onCleanup(end);
    }),
  );
  return () => view.state;
}
