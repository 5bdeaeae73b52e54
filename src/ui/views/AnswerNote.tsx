import { createMemo, Show } from 'solid-js';
import type { Message } from '../../shared/conversation.ts';
import { answerNote } from '../state/answer-note.ts';
import { useApp } from '../state/app-state.ts';
import { useCore } from '../state/use-core.ts';

/** How an answer stands, below its text: waiting, reading, cut, stopped, failed. */
export function AnswerNote(props: { message: Message }) {
  const app = useApp();
  const core = useCore();
  // By itself, so that the note is not computed again for each piece of a growing text.
  const hasText = createMemo(() => props.message.text !== '');
  const note = createMemo(() => answerNote(props.message, hasText(), app.engine(), core.tabId));
  const recoveries = () => props.message.generation?.recoveries ?? 0;
  return (
    <>
      <Show when={recoveries() > 0}>
        <p class="note">The GPU was lost and came back; the answer went on.</p>
      </Show>
      <Show when={note()}>
        {(shown) => (
          <p class="note" data-tone={shown().tone}>
            {shown().text}
            <Show when={shown().tone === 'wait'}>
              <span class="embers" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
            </Show>
          </p>
        )}
      </Show>
    </>
  );
}
