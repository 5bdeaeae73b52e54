import { createMemo, createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import { useApp } from '../state/app-state.ts';
import { createToday } from '../state/create-today.ts';
import { firstOf, groupConversations, type ConversationGroup } from '../state/group-conversations.ts';
import { sameItems } from '../state/branch-view.ts';
import { whileNear } from '../state/while-near.ts';
import { ConversationItem } from './ConversationItem.tsx';

/** Rendered at first, and added each time the end comes near: thousands at once would hold up the page for a second. */
const step = 60;
/** How far off the screen they are added. */
const margin = '600px';

/** All saved conversations, by age. */
export function ConversationList(props: { onOpen: () => void }) {
  const app = useApp();
  const today = createToday();
  const all = createMemo(() =>
    groupConversations(Object.values(app.conversations()?.conversations ?? {}), today()),
  );
  const [most, setMost] = createSignal(step);
  const groups = createMemo(() => firstOf(all(), most()));
  const hasMore = () => all().reduce((sum, { ids }) => sum + ids.length, 0) > most();
  const more = () => setMost((count) => count + step);
  // By label, so that a conversation that moves to the top does not make every list again.
  const labels = createMemo(() => groups().map((group) => group.label), [], { equals: sameItems });
  const idsOf = (label: ConversationGroup['label']) =>
    groups().find((group) => group.label === label)?.ids ?? [];

  const runningIn = createMemo(() => app.engine()?.running?.conversationId ?? null);
  const queuedIn = createMemo(() => app.engine()?.queue.map((queued) => queued.conversationId) ?? [], [], {
    equals: sameItems,
  });

  return (
    <Show
      when={labels().length > 0}
      fallback={
        <Show when={app.conversations()}>
          <p class="sidebar-empty">Your conversations will be here, saved on this device.</p>
        </Show>
      }
    >
      <For each={labels()}>
        {(label) => (
          <section class="conversation-group">
            <h2>{label}</h2>
            <ul>
              <For each={idsOf(label)}>
                {(id) => (
                  <Show when={app.conversations()?.conversations[id]}>
                    {(conversation) => (
                      <ConversationItem
                        conversation={conversation()}
                        isCurrent={app.conversation.id() === id}
                        activity={runningIn() === id ? 'running' : queuedIn().includes(id) ? 'queued' : null}
                        onOpen={() => props.onOpen()}
                      />
                    )}
                  </Show>
                )}
              </For>
            </ul>
          </section>
        )}
      </For>
      <Show when={hasMore()}>
        <button
          type="button"
          class="button sidebar-quiet"
          ref={(button) =>
            onMount(() =>
              onCleanup(whileNear(button, { root: button.closest('.sidebar-list'), margin, onNear: more })),
            )
          }
          onClick={more}
        >
          Older conversations
        </button>
      </Show>
    </Show>
  );
}
