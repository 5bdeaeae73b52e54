import { onMount, Show } from 'solid-js';
import { Mark } from '../parts/Mark.tsx';
import { isFocusLost } from '../state/return-focus.ts';

export interface NotHereProps {
  /** Something was typed in it and not sent. */
  hasText: boolean;
  onTakeText: () => void;
  onNewChat: () => void;
}

/** An address without a conversation: deleted, mistyped, or of another browser. */
export function NotHere(props: NotHereProps) {
  let title: HTMLHeadingElement | undefined;
  // Another tab may delete the conversation under the person's hands: the message box goes, and the focus with it.
  onMount(() => isFocusLost() && title?.focus());
  return (
    <section class="welcome">
      <Mark />
      <h2 tabindex="-1" ref={(heading) => (title = heading)}>
        This conversation isn't here
      </h2>
      <p>It may have been deleted, or it was saved by another browser or device. Each keeps its own.</p>
      <Show when={props.hasText}>
        <p>What you typed in it, and did not send, is kept.</p>
        <button type="button" class="button button-primary" onClick={() => props.onTakeText()}>
          Take your text to a new chat
        </button>
      </Show>
      <button
        type="button"
        class="button"
        classList={{ 'button-primary': !props.hasText }}
        onClick={() => props.onNewChat()}
      >
        New chat
      </button>
    </section>
  );
}
