import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import type { Conversation, Message } from '../../shared/conversation.ts';
import type { DeviceRecord } from '../../p2p/session/trust-store.ts';
import type { ConversationId, DeviceId, MessageId } from '../../shared/ids.ts';

/** A host, and where it is found. */
export interface HostRecord extends DeviceRecord {
  route: string;
}

/**
 * What is written. What is read may come from an older Hearth, so reads go through `records.ts`.
 */
export interface HearthSchema extends DBSchema {
  conversations: { key: ConversationId; value: Conversation; indexes: { updatedAt: number } };
  messages: { key: MessageId; value: Message; indexes: { conversation: ConversationId } };
  settings: { key: string; value: unknown };
  /** Devices that use this one's GPU, and those whose GPU this one uses. */
  guests: { key: DeviceId; value: DeviceRecord };
  hosts: { key: DeviceId; value: HostRecord };
}

export type Database = IDBPDatabase<HearthSchema>;
export type Upgrade = IDBPTransaction<HearthSchema, StoreNames<HearthSchema>[], 'versionchange'>;

export const databaseName = 'hearth';

export type Migration = (database: Database, transaction: Upgrade) => void;

const createStores: Migration = (database) => {
  const conversations = database.createObjectStore('conversations', { keyPath: 'id' });
  conversations.createIndex('updatedAt', 'updatedAt');
  const messages = database.createObjectStore('messages', { keyPath: 'id' });
  messages.createIndex('conversation', 'conversationId');
  database.createObjectStore('settings');
};

const createDeviceStores: Migration = (database) => {
  database.createObjectStore('guests', { keyPath: 'id' });
  database.createObjectStore('hosts', { keyPath: 'id' });
};

/** The first leads from nothing to version 1, each further one to the next version. Only ever added to. */
export const migrations: readonly Migration[] = [createStores, createDeviceStores];

/** Runs the migrations that a database of `version` (0 when it is new) has not had, in order. */
export function migrate(
  database: Database,
  transaction: Upgrade,
  version: number,
  steps: readonly Migration[],
): void {
  for (const step of steps.slice(version)) step(database, transaction);
}
