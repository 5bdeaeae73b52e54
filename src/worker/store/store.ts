import type { Conversation, Message } from '../../shared/conversation.ts';
import type { SearchHit } from '../../shared/core-api.ts';
import { AppError } from '../../shared/errors.ts';
import type { ConversationId, DeviceId, MessageId } from '../../shared/ids.ts';
import type { StorageState } from '../../shared/topics.ts';
import type { Clock } from '../clock.ts';
import { makeJournal } from './journal.ts';
import { openDatabase } from './open-database.ts';
import {
  getSetting,
  listConversations,
  listDevices,
  presentMessages,
  putDevice,
  putSetting,
  readMessages,
  removeDevice,
  type DeviceKind,
} from './repository.ts';
import type { Database, HostRecord } from './schema.ts';
import { makeSearchIndex } from './search-index.ts';
import { storageError } from './storage-error.ts';
import { makeHealth } from './storage-health.ts';

/** The core's way to IndexedDB. Methods reject with an `AppError`: `storage-full`, `storage-blocked` or `storage-failed`. */
export interface Store {
  /** Resolves when the database can be used; while an older tab blocks it the state says so. */
  open(): Promise<void>;
  /** Writes what is unsaved and lets go of the database. */
  close(): Promise<void>;
  /** With those that are deleted and can still be had back. */
  listConversations(): Promise<Conversation[]>;
  /** Oldest first. */
  readMessages(id: ConversationId): Promise<Message[]>;
  /** Those of these messages that are stored, in whatever conversation, readable or not. */
  present(ids: readonly MessageId[]): Promise<MessageId[]>;
  /** All of it now, or none of it. */
  save(changes: { conversations: Conversation[]; messages: Message[] }): Promise<void>;
  /** Saves this version of a message, or a later one, within a quarter of a second. */
  later(message: Message): void;
  /** Writes what is unsaved. Never rejects: what fails stays in memory, is shown as unsaved and tried again. */
  flush(): Promise<void>;
  /** Resolves when nothing is unsaved, however long the disk stays full, or when there is no connection any more to save by. */
  untilSaved(): Promise<void>;
  /** Erases a conversation for good. */
  purge(id: ConversationId): Promise<void>;
  getSetting(key: string): Promise<string | null>;
  putSetting(key: string, value: string): Promise<void>;
  /** Paired devices as they were put; the caller checks what it reads. */
  listDevices(kind: DeviceKind): Promise<unknown[]>;
  /** Resolves when the disk has it. */
  putDevice(kind: DeviceKind, record: HostRecord): Promise<void>;
  removeDevice(kind: DeviceKind, id: DeviceId): Promise<void>;
  /** Makes a message's final text known to search. */
  index(message: Message): void;
  search(query: string): Promise<SearchHit[]>;
}

export interface StoreOptions {
  clock: Clock;
  onState(state: StorageState): void;
  /** Tests use databases of their own. */
  name?: string;
}

export type OpenStore = (options: StoreOptions) => Store;

/** Composes connection, journal and search. Nothing is opened before `open`. */
export const openStore: OpenStore = ({ clock, onState, name }) => {
  let connection: Promise<Database> | null = null;
  /** Why there will be no connection any more. */
  let end: AppError | null = null;
  const health = makeHealth(onState);
  let unsaved = 0;
  let stateListeners: (() => void)[] = [];

  function setState(state: StorageState): void {
    unsaved = state.unsaved;
    health.setState(state);
    tellListeners();
  }
  function tellListeners(): void {
    const listeners = stateListeners;
    stateListeners = [];
    for (const listener of listeners) listener();
  }

  /** Opens again after the browser took a connection away. */
  function database(): Promise<Database> {
    if (end) return Promise.reject(end);
    connection ??= openDatabase({
      ...(name === undefined ? {} : { name }),
      onBlocked: (error) => health.setState({ status: 'blocked', error: error.view, unsaved: 0 }),
      onBlocking() {
        end = new AppError(
          'core-retired',
          'A newer Hearth has the saved conversations now. Reload this tab.',
        );
        setState({ status: 'failed', error: end.view, unsaved: 0 });
      },
      onTerminated() {
        connection = null;
      },
    }).catch((error: unknown) => {
      connection = null;
      throw error;
    });
    return connection;
  }

  const journal = makeJournal({ database, clock, onState: setState });

  async function list(): Promise<Conversation[]> {
    const { records, unreadable } = await listConversations(await database());
    health.countUnreadable('conversations', unreadable);
    return records;
  }

  /** What could not be stored yet takes the place of what is stored. */
  async function messagesOf(id: ConversationId): Promise<Message[]> {
    await journal.flush();
    const { records, unreadable } = await readMessages(await database(), id);
    health.countUnreadable(id, unreadable);
    const newest = new Map(records.map((message) => [message.id, message]));
    for (const message of journal.waiting(id)) newest.set(message.id, message);
    return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  const searchIndex = makeSearchIndex({
    source: { listConversations: list, readMessages: messagesOf },
    clock,
  });

  return {
    async open() {
      try {
        await database();
        health.setState({ status: 'ready', error: null, unsaved: 0 });
      } catch (cause) {
        const error = storageError(cause);
        const status = error.code === 'storage-full' ? 'full' : 'failed';
        health.setState({ status, error: error.view, unsaved: 0 });
        throw error;
      }
    },
    async close() {
      await journal.flush();
      const last = connection;
      end ??= new AppError('core-retired', 'Hearth has moved on. Reload this tab.');
      tellListeners();
      // Not waited for: an opening that is still blocked may take for ever.
      last?.then((open) => open.close()).catch(() => {});
    },
    listConversations: list,
    readMessages: messagesOf,
    present: async (ids) => presentMessages(await database(), ids),
    async save(changes) {
      await journal.save(changes);
      searchIndex.put(changes);
    },
    later: journal.later,
    flush: journal.flush,
    async untilSaved() {
      await journal.flush();
      while (unsaved > 0 && end === null) {
        await new Promise<void>((resolve) => stateListeners.push(resolve));
      }
    },
    async purge(id) {
      searchIndex.remove(id);
      await journal.purge(id);
    },
    async getSetting(key) {
      const value = await getSetting(await database(), key);
      return typeof value === 'string' ? value : null;
    },
    putSetting: async (key, value) => putSetting(await database(), key, value),
    listDevices: async (kind) => listDevices(await database(), kind),
    putDevice: async (kind, record) => putDevice(await database(), kind, record),
    removeDevice: async (kind, id) => removeDevice(await database(), kind, id),
    index: (message) => searchIndex.put({ conversations: [], messages: [message] }),
    search: searchIndex.search,
  };
};
