import type { ErrorView } from './errors.ts';
import type { ConversationId, MessageId } from './ids.ts';

/** Longest message that is taken, in UTF-16 units: far beyond any context, far below what would stall a tab. */
export const longestMessage = 2_000_000;
export const longestTitle = 200;

export interface Conversation {
  id: ConversationId;
  title: string;
  /** A person chose the title; the first line of the first message no longer does. */
  renamed: boolean;
  createdAt: number;
  updatedAt: number;
  /** The last message of the branch that is shown. */
  leafId: MessageId | null;
  /** Deleted, and still to be had back by Undo. */
  deletedAt: number | null;
  /** For models that are told one, as OpenChat is; null or absent: the model's usual one. */
  condition?: string | null;
}

export type MessageState =
  | 'done'
  | 'queued'
  | 'running'
  /** A person pressed Stop. */
  | 'stopped'
  /** The core or its engine went away; the text up to then is here. */
  | 'interrupted'
  | 'failed';

/** How an answer was made. Times in milliseconds, counts in tokens. */
export interface Generation {
  model: string;
  quantization: string;
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number | null;
  finishReason: 'stop' | 'length' | null;
  promptTokens: number;
  completionTokens: number;
  /** From the start of the run to its first token. */
  firstTokenMs: number | null;
  tokensPerSecond: number | null;
  /** The oldest message the model still saw; null when it saw the whole branch. */
  contextFrom: MessageId | null;
  /** The GPU device was lost and the answer went on after a reload this many times. */
  recoveries: number;
  /** The condition that the model was told, where it was not the usual one. */
  condition?: string | null;
  /** The origin of the server that made it; absent for what was made on a GPU of this house. */
  server?: string | undefined;
  /** A server was asked to go on, of which it is not known that it goes on exactly where the text ends. */
  isSeamUnsure?: boolean | undefined;
}

/** One node of a conversation's tree. Messages are only ever added; edits and regenerations are siblings. */
export interface Message {
  id: MessageId;
  conversationId: ConversationId;
  parentId: MessageId | null;
  role: 'user' | 'assistant';
  text: string;
  createdAt: number;
  state: MessageState;
  /** Answers only. */
  generation: Generation | null;
  error: ErrorView | null;
}

export type MessageTree = Readonly<Record<MessageId, Message>>;

/** Messages from the root to `leafId`, oldest first. A broken or circular chain ends where it breaks. */
export function branchOf(messages: MessageTree, leafId: MessageId | null): Message[] {
  const branch: Message[] = [];
  const seen = new Set<MessageId>();
  for (let id = leafId; id !== null && !seen.has(id);) {
    const message = messages[id];
    if (!message) break;
    seen.add(id);
    branch.push(message);
    id = message.parentId;
  }
  return branch.toReversed();
}

/** The newest leaf below `id`: where a person lands who turns to that alternative. */
export function newestLeafBelow(messages: MessageTree, id: MessageId): MessageId {
  const newestChild = new Map<MessageId, MessageId>();
  for (const message of Object.values(messages)) {
    if (message.parentId === null) continue;
    const known = newestChild.get(message.parentId);
    if (known === undefined || known < message.id) newestChild.set(message.parentId, message.id);
  }
  const seen = new Set<MessageId>();
  let leaf = id;
  while (!seen.has(leaf)) {
    seen.add(leaf);
    leaf = newestChild.get(leaf) ?? leaf;
  }
  return leaf;
}

const titleLength = 60;

/** The first line with something in it, cut to a length that fits a list. Asking the model would throw its KV cache away. */
export function titleOf(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  const words = line.trim().replaceAll(/\s+/g, ' ');
  return words.length <= titleLength
    ? words
    : `${Array.from(words)
        .slice(0, titleLength - 1)
        .join('')}…`;
}
