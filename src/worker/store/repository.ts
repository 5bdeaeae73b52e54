import type { Conversation, Message } from '../../shared/conversation.ts';
import type { ConversationId, DeviceId, MessageId } from '../../shared/ids.ts';
import { conversationRecord, messageRecord, readRecords, type Reading } from './records.ts';
import type { Database, HostRecord } from './schema.ts';
import { storageError } from './storage-error.ts';

/** Newest first, with those that are deleted and can still be had back. */
export async function listConversations(database: Database): Promise<Reading<Conversation>> {
  // The whole store, not its index: a record without a date is not in the index and would not be counted.
  const reading = readRecords(conversationRecord, await reads(database.getAll('conversations')));
  reading.records.sort((a, b) => b.updatedAt - a.updatedAt);
  return reading;
}

/** Oldest first: ids are ordered by time. */
export async function readMessages(database: Database, id: ConversationId): Promise<Reading<Message>> {
  return readRecords(messageRecord, await reads(database.getAllFromIndex('messages', 'conversation', id)));
}

/** Those of these messages that are stored, readable or not. */
export async function presentMessages(database: Database, ids: readonly MessageId[]): Promise<MessageId[]> {
  const { store } = database.transaction('messages');
  const keys = await reads(Promise.all(ids.map((id) => store.getKey(id))));
  return keys.filter((key) => key !== undefined);
}

export interface Changes {
  conversations: readonly Conversation[];
  messages: readonly Message[];
  /** Conversations to delete with all their messages, before the others are written. */
  purge: readonly ConversationId[];
}

/**
 * `strict` resolves when the disk has it; `relaxed` when the operating system has it, which outlives this browser
 * but not a power cut, and is many times faster.
 */
export type Durability = 'strict' | 'relaxed';

/** All of the changes or none of them, in one transaction. */
export async function writeAll(database: Database, changes: Changes, durability: Durability): Promise<void> {
  try {
    const transaction = database.transaction(['conversations', 'messages'], 'readwrite', { durability });
    const conversations = transaction.objectStore('conversations');
    const messages = transaction.objectStore('messages');

    const purge = async (id: ConversationId): Promise<void> => {
      const keys = await messages.index('conversation').getAllKeys(id);
      await Promise.all([conversations.delete(id), ...keys.map((key) => messages.delete(key))]);
    };
    const write = async (): Promise<void> => {
      await Promise.all(changes.purge.map(purge));
      // Async, so that a `put` that throws does not leave the requests before it without anyone to hear them fail.
      await Promise.all([
        ...changes.conversations.map(async (conversation) => conversations.put(conversation)),
        ...changes.messages.map(async (message) => messages.put(message)),
      ]);
    };

    const writing = write().catch((error: unknown) => {
      // A request that was refused without being made would leave the transaction to commit the others.
      abort(transaction);
      throw error;
    });
    await committed(transaction, writing);
  } catch (error) {
    throw storageError(error);
  }
}

/** Resolves when all that was written is on its way to stay; rejects with the reason why it is not. */
async function committed(
  transaction: { done: Promise<void>; error: DOMException | null },
  writing: Promise<unknown>,
): Promise<void> {
  const [written, done] = await Promise.allSettled([writing, transaction.done]);
  // Requests that a full disk cuts off say `AbortError`; why they were cut off is known to the transaction.
  if (written.status === 'rejected') throw transaction.error ?? written.reason;
  if (done.status === 'rejected') throw done.reason;
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It ended by itself, which is as good.
  }
}

/** As it was put; what it should be is for the caller to check. Undefined when there is none. */
export const getSetting = (database: Database, key: string): Promise<unknown> =>
  reads(database.get('settings', key));

export async function putSetting(database: Database, key: string, value: unknown): Promise<void> {
  await reads(database.put('settings', value, key));
}

export type DeviceKind = 'guests' | 'hosts';

/** As they were put; what they should be is for the caller to check. */
export const listDevices = (database: Database, kind: DeviceKind): Promise<unknown[]> =>
  reads(database.getAll(kind));

/**
 * Resolves when the disk has it: a secret that is used before it is kept would shut two devices out from each other,
 * and one that is let go must not come back after a power cut.
 */
export async function putDevice(database: Database, kind: DeviceKind, record: HostRecord): Promise<void> {
  const transaction = database.transaction(kind, 'readwrite', { durability: 'strict' });
  const write = async (): Promise<unknown> => transaction.store.put(record);
  await reads(committed(transaction, write()));
}

export async function removeDevice(database: Database, kind: DeviceKind, id: DeviceId): Promise<void> {
  const transaction = database.transaction(kind, 'readwrite', { durability: 'strict' });
  await reads(committed(transaction, transaction.store.delete(id)));
}

async function reads<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw storageError(error);
  }
}
