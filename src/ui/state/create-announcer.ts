import { createEffect, createMemo, createSignal, on, untrack, type Accessor } from 'solid-js';
import type { EngineState } from '../../shared/engine-state.ts';
import type { MessageId } from '../../shared/ids.ts';
import { answerAnnouncement, engineAnnouncement } from './announcements.ts';
import type { ConversationView } from './create-conversation.ts';

/** The sentence that a live region says next. */
export function createAnnouncer(
  engine: Accessor<EngineState | null>,
  conversation: ConversationView,
): Accessor<string> {
  const [sentence, setSentence] = createSignal('');
  const announce = (text: string | null) => {
    if (text === null) return;
    // A live region says only what changes, so the same sentence twice needs a difference nobody hears.
    setSentence((before) => (before === text ? `${text}\u00A0` : text));
  };

  const milestone = createMemo(() => engineAnnouncement(engine()));
  // The first value is how things are, not news.
  createEffect(on(milestone, announce, { defer: true }));

  createEffect(
    on(conversation.activeId, (active, before: MessageId | null | undefined) => {
      const ended = before && before !== active ? untrack(() => conversation.message(before)) : undefined;
      if (ended) announce(answerAnnouncement(ended.state));
      return active;
    }),
  );
  return sentence;
}
