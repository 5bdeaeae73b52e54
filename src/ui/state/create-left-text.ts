import { createMemo, type Accessor } from 'solid-js';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { AppState } from './app-state.ts';
import { draftKey, editKey } from './draft-store.ts';

export interface LeftText {
  /** "" where nothing was left. */
  readonly text: Accessor<string>;
  /** Moves it to the draft of the new chat, below what is there. */
  take(): void;
}

const joined = (texts: string[]): string => texts.filter((text) => text.trim() !== '').join('\n\n');

/** What was typed, and not sent, in a conversation that is gone: its draft, and the edits of the messages that were shown. */
export function createLeftText(
  { conversation, drafts }: Pick<AppState, 'conversation' | 'drafts'>,
  draft: Accessor<string>,
): LeftText {
  /** The messages go with their conversation, and an edit is known by its message. */
  const shown = createMemo<{ id: ConversationId | null; messages: MessageId[] }>(
    (before) => {
      const id = conversation.id();
      if (conversation.phase() === 'shown') return { id, messages: conversation.branch() };
      return before.id === id ? before : { id, messages: [] };
    },
    { id: null, messages: [] },
  );
  const editKeys = () => shown().messages.map(editKey);
  const text = createMemo(() =>
    conversation.phase() === 'missing' ? joined([draft(), ...editKeys().map(drafts.read)]) : '',
  );
  return {
    text,
    take() {
      const all = joined([drafts.read(draftKey(null)), text()]);
      // First, so that a storage that is nearly full has room for them.
      for (const key of [draftKey(conversation.id()), ...editKeys()]) {
        if (drafts.read(key) !== '') drafts.write(key, '');
      }
      drafts.write(draftKey(null), all);
    },
  };
}
