import * as v from 'valibot';
import {
  longestMessage,
  longestTitle,
  titleOf,
  type Conversation,
  type Message,
} from '../../shared/conversation.ts';
import { AppError } from '../../shared/errors.ts';
import { parseId, type MessageId } from '../../shared/ids.ts';
import { conversationRecord, messageRecord } from '../store/records.ts';

/*
 * A file of saved conversations is lines of JSON: what it is, then a conversation on each line with all its messages. So it is
 * written and read piece by piece, and what is damaged costs its own line only.
 */

export const archiveFormat = 'hearth-conversations';
/** Raised when an older Hearth would misread the file. A field that is merely new has a default in `records.ts`. */
export const archiveVersion = 1;

export interface SavedConversation {
  conversation: Conversation;
  messages: Message[];
}

const Header = v.object({ format: v.literal(archiveFormat), version: v.pipe(v.number(), v.integer()) });
const Line = v.object({ conversation: conversationRecord, messages: v.array(messageRecord) });

const fail = (message: string): never => {
  throw new AppError('bad-input', message);
};

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new AppError('bad-input', 'it is damaged, or the file ends here too early.', { cause });
  }
}

/** Rejects what is no file of saved conversations, or one that this version cannot read. */
export function readHeader(line: string): void {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(line);
  } catch {
    // Said below.
  }
  const header = v.safeParse(Header, parsed);
  if (!header.success) return fail('This is no file of conversations that Hearth saved.');
  if (header.output.version > archiveVersion)
    fail('A newer Hearth saved this file. Reload this page to get it, and try again.');
}

/** What a line holds, made whole: a running answer is an interrupted one, and what is shown last exists. */
export function readLine(line: string): SavedConversation {
  const parsed = v.safeParse(Line, parse(line));
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]);
    return fail(where === null ? 'it holds no conversation.' : `${where} is missing or wrong.`);
  }
  const { conversation, messages } = parsed.output;
  const byId = new Map(messages.map((message) => [message.id, message]));
  if (parseId(conversation.id) === null || messages.some(({ id }) => parseId(id) === null))
    fail('an id in it is none.');
  if (messages.length === 0) fail('it holds no messages.');
  if (byId.size < messages.length) fail('one message is in it twice.');
  if (messages.some(({ conversationId }) => conversationId !== conversation.id))
    fail('a message in it belongs to another conversation.');
  if (messages.some(({ text }) => text.length > longestMessage)) fail('a message in it is too long.');
  const times = [conversation, ...messages].map(({ createdAt }) => createdAt);
  if (![...times, conversation.updatedAt].every(isTime)) fail('a date in it is none.');
  requireTree(byId);

  for (const message of messages) {
    if (message.state === 'queued' || message.state === 'running') message.state = 'interrupted';
  }
  const newest = messages.reduce((last, message) => (message.id > last.id ? message : last));
  const { leafId, title } = conversation;
  return {
    conversation: {
      ...conversation,
      title: title.trim().slice(0, longestTitle) || titleOf(messages[0]?.text ?? '') || 'Untitled',
      leafId: leafId !== null && byId.has(leafId) ? leafId : newest.id,
      deletedAt: null,
    },
    messages,
  };
}

/** Milliseconds that a `Date` takes (ECMA-262, 21.4.1.1). */
const isTime = (value: number): boolean => Math.abs(value) <= 8.64e15;

/** Every message leads to a first one, or to one that is not in the file. What leads round in a circle could never be shown. */
function requireTree(messages: ReadonlyMap<MessageId, Message>): void {
  const sound = new Set<MessageId>();
  for (const start of messages.keys()) {
    const path = new Set<MessageId>();
    for (let id: MessageId | null = start; id !== null && !sound.has(id);) {
      const message = messages.get(id);
      if (!message) break;
      if (path.has(id)) return fail('messages in it answer each other in a circle.');
      path.add(id);
      id = message.parentId;
    }
    for (const id of path) sound.add(id);
  }
}
