import type { Conversation, Message } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import type { SavedConversation } from './archive-format.ts';

/** What became of a saved conversation. `foreign`: one of its messages is here, in another conversation or twice in the file. */
export type TakenIn = 'added' | 'completed' | 'known' | 'foreign';

export interface Missing {
  /** As it is to be from now on. */
  conversation: Conversation;
  /** What is to be written, and shown. */
  messages: Message[];
  outcome: TakenIn;
}

/**
 * What a saved conversation adds to what is stored of it. `known` is the conversation as it is here, if it is; `present`, which of
 * its messages are, in whatever conversation.
 */
export function missingOf(
  saved: SavedConversation,
  stored: Message[],
  known: Conversation | undefined,
  present: ReadonlySet<MessageId>,
): Missing {
  const here = new Set(stored.map(({ id }) => id));
  const missing = saved.messages.filter(({ id }) => !here.has(id));
  const all = new Set([...here, ...missing.map(({ id }) => id)]);
  // What it answers could not be read where it was saved: it begins a branch, as it did there.
  const rooted = missing.map((message) =>
    message.parentId === null || all.has(message.parentId) ? message : { ...message, parentId: null },
  );
  const updatedAt = Math.max(known?.updatedAt ?? 0, saved.conversation.updatedAt);
  const outcome = missing.some(({ id }) => present.has(id))
    ? 'foreign'
    : known && missing.length === 0
      ? 'known'
      : known
        ? 'completed'
        : 'added';
  return {
    conversation: { ...(known ?? saved.conversation), updatedAt },
    // One that was deleted and can still be had back comes back with what is stored of it.
    messages: known ? rooted : [...stored, ...rooted],
    outcome,
  };
}
