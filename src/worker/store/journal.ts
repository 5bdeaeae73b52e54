import type { Conversation, Message } from '../../shared/conversation.ts';
import { AppError } from '../../shared/errors.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { StorageState } from '../../shared/topics.ts';
import type { Clock } from '../clock.ts';
import { writeAll, type Changes, type Durability } from './repository.ts';
import type { Database } from './schema.ts';
import { storageError } from './storage-error.ts';

/** How long a change waits for others. Leaves a write 50 ms to be in IndexedDB within the promised 250 ms. */
const gatherMs = 200;
const firstRetryMs = 500;
/** Storage that got room again is noticed this soon, and storage that did not is not worn out by trying. */
const longestRetryMs = 5000;

export interface JournalOptions {
  /** The open database. Called before every write, so it may give another after a connection was lost. */
  database(): Promise<Database>;
  clock: Clock;
  /** Called when messages that wait could not be stored, when their number changes, and when they are stored. */
  onState(state: StorageState): void;
}

/** What `save` takes: all of it is stored, or none. */
export type Records = Pick<Changes, 'conversations' | 'messages'>;

export interface Journal {
  /**
   * Stores a message at most 250 ms from now, as it is then: the caller goes on changing it in place.
   * A write that fails is tried again until it works; the message is kept here until then.
   */
  later(message: Message): void;
  /**
   * Stores these records as they are at this call, and everything that waits, in one transaction.
   * Rejects with `storage-full` or `storage-failed`; the records are then not stored and not tried again, and what
   * waited here of the same messages waits on as it was.
   */
  save(records: Records): Promise<void>;
  /** Deletes a conversation with its messages, and forgets those that wait. */
  purge(id: ConversationId): Promise<void>;
  /** Tries to store everything that waits, now. Never rejects: what fails is reported and tried again. */
  flush(): Promise<void>;
  /** Messages of a conversation that are newer than what is stored of them. */
  waiting(id: ConversationId): Message[];
}

/** A message to be stored. A new one for every change, so that a write can tell whether it wrote the newest. */
interface Entry {
  message: Message;
}

interface Job {
  changes: Changes;
  durability: Durability;
  resolve(): void;
  reject(error: AppError): void;
}

/**
 * The only writer of conversations and messages. One write runs at a time, and takes everything that was asked for
 * before it began; so writes keep their order, and an older version never lands on a newer one.
 */
export function makeJournal({ database, clock, onState }: JournalOptions): Journal {
  /** Messages that are not stored in this version. Whatever a job holds of the same message is older or equal. */
  const dirty = new Map<MessageId, Entry>();
  let jobs: Job[] = [];
  let isWriting = false;
  let cancelTimer: (() => void) | null = null;
  let failures = 0;
  let lastError: AppError | null = null;
  let reported: StorageState = ready;

  function report(error: AppError | null): void {
    lastError = dirty.size === 0 ? null : error;
    const state: StorageState = lastError === null ? ready : unsavedState(lastError, dirty.size);
    if (state.error?.message === reported.error?.message && state.unsaved === reported.unsaved) return;
    reported = state;
    onState(state);
  }

  function schedule(): void {
    if (cancelTimer !== null) return;
    const ms = failures === 0 ? gatherMs : Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
    cancelTimer = clock.after(ms, () => {
      cancelTimer = null;
      void flush();
    });
  }

  function enqueue(changes: Changes, durability: Durability): Promise<void> {
    return new Promise((resolve, reject) => {
      jobs.push({ changes, durability, resolve, reject });
      if (!isWriting) void writeJobs();
    });
  }

  async function writeJobs(): Promise<void> {
    isWriting = true;
    while (jobs.length > 0) await writeOnce();
    isWriting = false;
  }

  async function writeOnce(): Promise<void> {
    const open = await database().catch(storageError);
    // Taken at one moment, together: a job left over could otherwise put an older version on a newer one.
    const purges = jobs.filter(({ changes }) => changes.purge.length > 0);
    const taken = jobs.filter(({ changes }) => changes.purge.length === 0);
    const entries = new Map(dirty);
    jobs = [];
    cancelTimer?.();
    cancelTimer = null;
    try {
      if (open instanceof AppError) throw open;
      // By itself: a full disk has room for what only makes room.
      if (purges.length > 0) await writeAll(open, merge(purges, new Map()), 'strict');
      for (const { resolve } of purges.splice(0)) resolve();
      const isStrict = taken.some(({ durability }) => durability === 'strict');
      await writeAll(open, merge(taken, entries), isStrict ? 'strict' : 'relaxed');
      for (const [id, entry] of entries) if (dirty.get(id) === entry) dirty.delete(id);
      failures = 0;
      report(null);
      for (const { resolve } of taken) resolve();
    } catch (cause) {
      const error = storageError(cause);
      if (dirty.size > 0) {
        failures += 1;
        schedule();
      }
      report(error);
      for (const { reject } of [...purges, ...taken]) reject(error);
    }
  }

  function later(message: Message): void {
    dirty.set(message.id, { message });
    if (lastError !== null) report(lastError);
    // During a write too: that write may have begun with an older version.
    schedule();
  }

  async function save({ conversations, messages }: Records): Promise<void> {
    const changes: Changes = {
      conversations: conversations.map((conversation) => ({ ...conversation })),
      messages: messages.map(copyOf),
      purge: [],
    };
    const replaced: { entry: Entry; before: Entry }[] = [];
    for (const message of changes.messages) {
      const before = dirty.get(message.id);
      if (!before) continue;
      const entry = { message };
      dirty.set(message.id, entry);
      replaced.push({ entry, before });
    }
    try {
      await enqueue(changes, 'strict');
    } catch (error) {
      // In the entry itself, which another save may have replaced meanwhile: should that be refused too, this is what it puts back.
      for (const { entry, before } of replaced) entry.message = before.message;
      throw error;
    }
  }

  async function purge(id: ConversationId): Promise<void> {
    for (const [messageId, { message }] of dirty) {
      if (message.conversationId === id) dirty.delete(messageId);
    }
    jobs = jobs.map((job) => ({ ...job, changes: without(id, job.changes) }));
    if (lastError !== null) report(lastError);
    await enqueue({ conversations: [], messages: [], purge: [id] }, 'strict');
  }

  async function flush(): Promise<void> {
    if (dirty.size === 0 && !isWriting) return;
    await enqueue({ conversations: [], messages: [], purge: [] }, 'relaxed').catch(() => {});
  }

  const waiting = (id: ConversationId): Message[] =>
    [...dirty.values()].map(({ message }) => message).filter(({ conversationId }) => conversationId === id);

  return { later, save, purge, flush, waiting };
}

const ready: StorageState = { status: 'ready', error: null, unsaved: 0 };

const unsavedState = (error: AppError, unsaved: number): StorageState => ({
  status: error.code === 'storage-full' ? 'full' : 'failed',
  error: error.view,
  unsaved,
});

/** The text is shared, not copied: a string never changes. */
const copyOf = (message: Message): Message => ({
  ...message,
  generation: message.generation && { ...message.generation },
});

const without = (id: ConversationId, changes: Changes): Changes => ({
  ...changes,
  conversations: changes.conversations.filter((conversation) => conversation.id !== id),
  messages: changes.messages.filter(({ conversationId }) => conversationId !== id),
});

/** Later jobs over earlier ones, and what waits over both. */
function merge(jobs: readonly Job[], entries: ReadonlyMap<MessageId, Entry>): Changes {
  const conversations = new Map<ConversationId, Conversation>();
  const messages = new Map<MessageId, Message>();
  for (const { changes } of jobs) {
    for (const conversation of changes.conversations) conversations.set(conversation.id, conversation);
    for (const message of changes.messages) messages.set(message.id, message);
  }
  for (const [id, { message }] of entries) messages.set(id, message);
  return {
    conversations: [...conversations.values()],
    messages: [...messages.values()],
    purge: jobs.flatMap(({ changes }) => changes.purge),
  };
}
