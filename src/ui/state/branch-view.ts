import type { Message, MessageTree } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';

/*
 * What the screen derives from the tree of messages. None of it reads `text`: in a Solid store, what reads a
 * growing text is computed again for each piece of it.
 */

/** Children by parent, oldest first; ids are time-ordered. */
export function childrenByParent(messages: MessageTree): Map<MessageId | null, MessageId[]> {
  const children = new Map<MessageId | null, MessageId[]>();
  for (const { id, parentId } of Object.values(messages)) {
    const siblings = children.get(parentId);
    if (siblings) siblings.push(id);
    else children.set(parentId, [id]);
  }
  for (const siblings of children.values()) siblings.sort();
  return children;
}

/** The message that is being written, or else the first in line; null when nothing runs in this conversation. */
export function activeMessage(messages: MessageTree): MessageId | null {
  let queued: MessageId | null = null;
  for (const { id, state } of Object.values(messages)) {
    if (state === 'running') return id;
    if (state === 'queued' && (queued === null || id < queued)) queued = id;
  }
  return queued;
}

/** The oldest message of the branch that the model saw for its newest answer; null when it saw all. */
export function oldestSeen(messages: MessageTree, branch: MessageId[]): MessageId | null {
  for (const id of branch.toReversed()) {
    const generation = messages[id]?.generation;
    // Until the model has read its prompt, the answer before says what it sees.
    if (!generation || generation.promptTokens === 0) continue;
    const from = generation.contextFrom;
    return from !== null && branch.indexOf(from) > 0 ? from : null;
  }
  return null;
}

/** Whether "Continue" makes sense: the answer ended before the model was through. */
export const canContinue = (message: Pick<Message, 'role' | 'state' | 'generation'>): boolean =>
  message.role === 'assistant' &&
  (message.state === 'stopped' ||
    message.state === 'interrupted' ||
    message.state === 'failed' ||
    (message.state === 'done' && message.generation?.finishReason === 'length'));

export const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);
