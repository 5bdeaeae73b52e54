import { createMemo, type Accessor } from 'solid-js';
import type { Conversation, Message, MessageTree } from '../../shared/conversation.ts';
import { branchOf } from '../../shared/conversation.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import { activeMessage, childrenByParent, oldestSeen, sameItems } from './branch-view.ts';
import { createWatch } from './create-watch.ts';

/** The conversation on the screen, with what is derived from it. Growing text computes none of it again. */
export interface ConversationView {
  readonly id: Accessor<ConversationId | null>;
  /** `none`: a new chat. `missing`: the core knows no such conversation. */
  readonly phase: Accessor<'none' | 'loading' | 'missing' | 'shown'>;
  readonly conversation: Accessor<Conversation | null>;
  message(id: MessageId): Message | undefined;
  /** The messages of the branch that is shown, oldest first. */
  readonly branch: Accessor<MessageId[]>;
  readonly leafId: Accessor<MessageId | null>;
  /** A message and its alternatives, oldest first. */
  versionsOf(message: Message): MessageId[];
  /** The run that Stop stops; null when this conversation is at rest. */
  readonly activeId: Accessor<MessageId | null>;
  /** The message above which the model no longer sees anything. */
  readonly seenFrom: Accessor<MessageId | null>;
}

const noMessages: MessageTree = {};

export function createConversation(wanted: Accessor<ConversationId | null>): ConversationView {
  const id = createMemo(wanted);
  const topic = createMemo(() => {
    const known = id();
    return known === null ? null : (`conversation:${known}` as const);
  });
  const latest = createWatch(topic);
  /** For a moment after the address changes, the watch still holds the conversation before. */
  const view = createMemo(() => {
    const state = latest();
    const known = state?.conversation?.id;
    return known === undefined || known === id() ? state : null;
  });
  const messages = (): MessageTree => view()?.messages ?? noMessages;
  const conversation = () => view()?.conversation ?? null;
  const leafId = createMemo(() => conversation()?.leafId ?? null);
  const children = createMemo(() => childrenByParent(messages()));

  const phase = createMemo(() => {
    if (id() === null) return 'none';
    if (!view()) return 'loading';
    return conversation() ? 'shown' : 'missing';
  });
  const branch = createMemo(() => branchOf(messages(), leafId()).map((message) => message.id), [], {
    equals: sameItems,
  });

  return {
    id,
    phase,
    conversation,
    message: (messageId) => messages()[messageId],
    branch,
    leafId,
    versionsOf: (message) => children().get(message.parentId) ?? [message.id],
    activeId: createMemo(() => activeMessage(messages())),
    seenFrom: createMemo(() => oldestSeen(messages(), branch())),
  };
}
