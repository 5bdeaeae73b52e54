import { Mark } from '../parts/Mark.tsx';

/** An address without a conversation: deleted, mistyped, or of another browser. */
export function NotHere(props: { onNewChat: () => void }) {
  return (
    <section class="welcome">
      <Mark />
      <h2>This conversation isn't here</h2>
      <p>It may have been deleted, or it was saved by another browser or device. Each keeps its own.</p>
      <button type="button" class="button button-primary" onClick={() => props.onNewChat()}>
        New chat
      </button>
    </section>
  );
}
