import { createEffect, on, onCleanup, type Accessor } from 'solid-js';
import { createStore, produce, reconcile } from 'solid-js/store';
import {
  applyConversation,
  applyConversations,
  type ConversationEvent,
  type ConversationsEvent,
  type ConversationsState,
  type ConversationState,
  type TopicName,
  type Topics,
} from '../../shared/topics.ts';
import { assertNever } from '../../shared/errors.ts';
import { useCore } from './use-core.ts';

type State<N extends TopicName> = Topics[N]['state'];

function apply<N extends TopicName>(draft: { state: State<N> | null }, event: Topics[N]['event']): void {
  switch (event.type) {
    case 'core':
    case 'storage':
    case 'engine':
      draft.state = event.state;
      break;
    case 'put':
    case 'removed':
      applyConversations(draft.state as ConversationsState, event satisfies ConversationsEvent);
      break;
    case 'conversation':
    case 'message':
    case 'append':
    case 'gone':
      applyConversation(draft.state as ConversationState, event satisfies ConversationEvent);
      break;
    default:
      assertNever(event);
  }
}

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
              for (const event of events) apply(draft, event);
            }),
          ),
      });
      onCleanup(end);
    }),
  );
  return () => view.state;
}
