import { newestLeafBelow, type Conversation, type Message } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import type { ConversationsState } from '../../shared/topics.ts';
import type { Store } from '../store/store.ts';
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
 * What saved conversations add to what is stored, in their order, to be written at once. `shown` are those that are here and not
 * deleted.
 */
export async function missingOf(
  saved: SavedConversation[],
  shown: ConversationsState['conversations'],
  store: Pick<Store, 'present' | 'listConversations' | 'readMessages'>,
): Promise<Missing[]> {
  const present = new Set(await store.present(saved.flatMap(({ messages }) => messages.map(({ id }) => id))));
  const hasPresent = ({ messages }: SavedConversation): boolean => messages.some(({ id }) => present.has(id));
  const isUnseen = (each: SavedConversation): boolean => !shown[each.conversation.id] && hasPresent(each);
  // Those that were deleted and can still be had back stand nowhere else.
  const listed = saved.some(isUnseen) ? await store.listConversations() : [];
  const all: Missing[] = [];
  for (const each of saved) {
    const { id } = each.conversation;
    const known = shown[id] ?? listed.find((conversation) => conversation.id === id);
    const stored = known || hasPresent(each) ? await store.readMessages(id) : [];
    const missing = missingOfOne(each, stored, known, present);
    // The same conversation twice in a file is not new twice.
    if (missing.outcome !== 'foreign') for (const message of missing.messages) present.add(message.id);
    all.push(missing);
  }
  return all;
}

/**
 * `known` is the conversation as it is stored, if it is, deleted or not; `present`, which of the saved messages are stored, in
 * whatever conversation.
 */
function missingOfOne(
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
  const isShown = known?.deletedAt === null;
  const outcome = missing.some(({ id }) => present.has(id))
    ? 'foreign'
    : isShown
      ? missing.length === 0
        ? 'known'
        : 'completed'
      : 'added';
  const base = known ?? saved.conversation;
  const leafId = base.leafId ?? saved.conversation.leafId;
  const tree = Object.fromEntries([...stored, ...rooted].map((message) => [message.id, message]));
  return {
    conversation: {
      ...base,
      deletedAt: null,
      // What goes on below the message that was last here is no alternative of it: it could not be turned to.
      leafId: leafId === null ? null : newestLeafBelow(tree, leafId),
      updatedAt: Math.max(base.updatedAt, saved.conversation.updatedAt),
    },
    // One that was deleted comes back with what is stored of it.
    messages: isShown ? rooted : [...stored, ...rooted],
    outcome,
  };
}
