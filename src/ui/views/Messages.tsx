import { createEffect, createMemo, For, Show } from 'solid-js';
import type { MessageId } from '../../shared/ids.ts';
import { useApp } from '../state/app-state.ts';
import type { ItemWindow } from '../state/create-window.ts';
import { useCore } from '../state/use-core.ts';
import { MessageItem } from './MessageItem.tsx';

export interface MessagesProps {
  /** What of the branch is rendered. */
  list: ItemWindow<MessageId>;
  /** The newest message that the next answer would no longer see; null when it would see all, or while nobody has counted. */
  lastUnseen: MessageId | null;
  onSent: () => void;
  /** Something other than the log's end is about to be read. */
  onRelease: () => void;
}

/** The branch that is shown, or as much of it as is near the screen. */
export function Messages(props: MessagesProps) {
  const app = useApp();
  const core = useCore();
  const { conversation } = app;
  let log: HTMLDivElement | undefined;
  const articleOf = (id: MessageId) => log?.querySelector<HTMLElement>(`[data-id="${id}"]`);

  /** The button that was pressed goes away with its article; the keyboard goes on at its twin. */
  let turned: { to: MessageId; button: string } | null = null;
  createEffect(() => {
    const shown = props.list.shown();
    const target = turned;
    if (!target || !shown.includes(target.to)) return;
    turned = null;
    articleOf(target.to)?.querySelector<HTMLElement>(`[aria-label="${target.button}"]`)?.focus();
  });

  createEffect(() => {
    const jump = app.jump();
    if (!jump || jump.conversationId !== conversation.id() || conversation.phase() !== 'shown') return;
    const { conversationId, messageId } = jump;
    if (!conversation.branch().includes(messageId)) {
      // On another branch: once the core shows that one, this runs again.
      if (conversation.message(messageId))
        void core.api.showBranch({ conversationId, messageId }).catch(() => {});
      return;
    }
    if (!props.list.shown().includes(messageId)) {
      props.list.showItem(messageId);
      return;
    }
    const article = articleOf(messageId);
    if (!article) return;
    props.onRelease();
    article.scrollIntoView({ block: 'center' });
    article.focus({ preventScroll: true });
    app.setJump(null);
  });

  const lastUnseen = createMemo(() => {
    if (props.lastUnseen !== null) return props.lastUnseen;
    const from = conversation.seenFrom();
    return from === null ? null : conversation.branch()[conversation.branch().indexOf(from) - 1];
  });

  return (
    <div class="messages" role="log" aria-label="Messages" aria-live="off" ref={(element) => (log = element)}>
      <Show when={props.list.hasOlder()}>
        <div class="messages-edge" ref={(element) => props.list.olderRef(element)} />
      </Show>
      <For each={props.list.shown()}>
        {(id) => (
          <Show when={conversation.message(id)}>
            {(message) => (
              <>
                <MessageItem
                  message={message()}
                  onSent={() => props.onSent()}
                  onUnfold={() => props.onRelease()}
                  onTurn={(to, button) => (turned = { to, button })}
                />
                <Show when={lastUnseen() === id}>
                  <div class="horizon" role="separator">
                    <span>The model no longer sees the messages above.</span>
                  </div>
                </Show>
              </>
            )}
          </Show>
        )}
      </For>
      <Show when={props.list.hasNewer()}>
        <div class="messages-edge" ref={(element) => props.list.newerRef(element)} />
      </Show>
    </div>
  );
}
