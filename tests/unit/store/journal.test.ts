import 'fake-indexeddb/auto';
import { expect, test, vi } from 'vitest';
import type { Message } from '../../../src/shared/conversation.ts';
import { AppError } from '../../../src/shared/errors.ts';
import type { ConversationId, MessageId } from '../../../src/shared/ids.ts';
import { newId } from '../../../src/shared/ids.ts';
import type { StorageState } from '../../../src/shared/topics.ts';
import { makeJournal } from '../../../src/worker/store/journal.ts';
import type { Database } from '../../../src/worker/store/schema.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { watchDisk, type FullAt } from './full-disk.ts';
import { openTestDatabase } from './open-test-database.ts';
import { sampleConversation, sampleGeneration, sampleMessage } from './samples.ts';

async function setUp(full: FullAt = 'put') {
  const database = await openTestDatabase();
  const clock = makeFakeClock();
  const states: StorageState[] = [];
  const disk = watchDisk(full);
  let opening: () => Promise<Database> = () => Promise.resolve(database);
  const journal = makeJournal({
    database: () => opening(),
    clock,
    onState: (state) => states.push(state),
  });
  const stored = (id: MessageId): Promise<Message | undefined> => database.get('messages', id);
  return {
    database,
    clock,
    states,
    disk,
    journal,
    stored,
    storedText: async (id: MessageId) => (await stored(id))?.text,
    /** The next writes get the database from here. */
    openWith(next: () => Promise<Database>) {
      opening = next;
    },
  };
}

/** A promise to be settled by hand. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const conversationId = newId<ConversationId>();
const putTexts = (puts: readonly unknown[]): string[] => puts.map((put) => (put as Message).text);

test('whenever the core dies, at most the last 250 ms of a growing answer are missing', async () => {
  const { clock, journal, storedText } = await setUp();
  const message = sampleMessage(conversationId, { state: 'running' });
  const tokenMs = 20;
  const written: { at: number; length: number }[] = [];
  for (let token = 0; token < 100; token += 1) {
    message.text += `${token} `;
    journal.later(message);
    written.push({ at: clock.now(), length: message.text.length });
    clock.advance(tokenMs);
    // A write that has begun is ordered before this read, so this is what a crash would leave behind.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    const left = (await storedText(message.id)) ?? '';
    const owed = written.findLast(({ at }) => at <= clock.now() - 250)?.length ?? 0;
    expect(left.length).toBeGreaterThanOrEqual(owed);
    expect(message.text.startsWith(left)).toBe(true);
  }
});

test('an answer costs one write per interval, not one per token, and none when it rests', async () => {
  const { clock, disk, journal, storedText } = await setUp();
  const message = sampleMessage(conversationId);
  for (let token = 0; token < 50; token += 1) {
    message.text += 'x';
    journal.later(message);
  }
  clock.advance(250);
  await vi.waitFor(async () => expect(await storedText(message.id)).toBe('x'.repeat(50)));
  expect(disk.puts).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});

test('all growing answers go into one transaction', async () => {
  const { clock, journal, storedText } = await setUp();
  const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
  const messages = [1, 2, 3].map((number) => sampleMessage(conversationId, { text: String(number) }));
  for (const message of messages) journal.later(message);
  clock.advance(250);
  await journal.flush();
  expect(transactions.mock.calls.filter(([, mode]) => mode === 'readwrite')).toHaveLength(1);
  transactions.mockRestore();
  for (const { id, text } of messages) expect(await storedText(id)).toBe(text);
});

test('a save is strict on the disk, write-behind is not', async () => {
  const { clock, journal } = await setUp();
  const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await journal.save({ conversations: [sampleConversation()], messages: [] });
  journal.later(sampleMessage(conversationId));
  clock.advance(250);
  await journal.flush();
  const options = transactions.mock.calls.map(([, , given]) => given);
  transactions.mockRestore();
  expect(options).toEqual([{ durability: 'strict' }, { durability: 'relaxed' }]);
});

test('a save stores records as they were when it was asked for', async () => {
  const { database, journal, openWith, stored } = await setUp();
  const gate = deferred<Database>();
  openWith(() => gate.promise);
  const conversation = sampleConversation({ title: 'asked' });
  const message = sampleMessage(conversation.id, { text: 'asked', generation: sampleGeneration() });
  const saving = journal.save({ conversations: [conversation], messages: [message] });
  conversation.title = 'later';
  message.text = 'later';
  if (message.generation) message.generation.completionTokens = 9;
  gate.resolve(database);
  await saving;
  expect(await database.get('conversations', conversation.id)).toMatchObject({ title: 'asked' });
  expect(await stored(message.id)).toMatchObject({ text: 'asked', generation: { completionTokens: 0 } });
});

test('a save takes along what waits, in the same transaction', async () => {
  const { clock, journal, storedText } = await setUp();
  const answer = sampleMessage(conversationId, { text: 'waits' });
  journal.later(answer);
  await journal.save({ conversations: [], messages: [sampleMessage(conversationId)] });
  expect(await storedText(answer.id)).toBe('waits');
  expect(clock.waiting).toBe(0);
});

test('however saves and growing text are interleaved, the newest version is the last one written', async () => {
  const { database, disk, journal, openWith, storedText } = await setUp();
  const id = newId<MessageId>();
  const version = (number: number): Message => sampleMessage(conversationId, { id, text: String(number) });

  const first = deferred<Database>();
  openWith(() => first.promise);
  journal.later(version(1));
  const saved = [journal.save({ conversations: [], messages: [version(2)] })];
  journal.later(version(3));
  saved.push(journal.save({ conversations: [], messages: [version(4)] }));
  openWith(() => Promise.resolve(database));
  first.resolve(database);
  await Promise.all(saved);
  expect(await storedText(id)).toBe('4');

  // And while a write is on its way to the disk.
  journal.later(version(5));
  const flushed = journal.flush();
  const last = journal.save({ conversations: [], messages: [version(6)] });
  journal.later(version(7));
  await Promise.all([flushed, last]);
  await journal.flush();
  expect(await storedText(id)).toBe('7');
  const texts = putTexts(disk.puts);
  expect(texts).toEqual([...texts].sort());
});

test('text that grows while it is being written is written again', async () => {
  const { clock, disk, journal, storedText } = await setUp();
  const message = sampleMessage(conversationId, { text: 'one' });
  journal.later(message);
  const flushed = journal.flush();
  while (disk.puts.length === 0) await Promise.resolve();
  message.text += ', two';
  journal.later(message);
  await flushed;
  expect(await storedText(message.id)).toBe('one');
  clock.advance(250);
  await vi.waitFor(async () => expect(await storedText(message.id)).toBe('one, two'));
});

test.each<FullAt>(['put', 'commit'])(
  'a disk that is full at %s keeps growing answers in memory, counts them, and tries again until there is room',
  async (full) => {
    const { clock, disk, journal, states, storedText } = await setUp(full);
    const messages = [1, 2].map((number) => sampleMessage(conversationId, { text: String(number) }));
    disk.isFull = true;
    for (const message of messages) journal.later(message);
    clock.advance(250);
    await vi.waitFor(() => expect(states).toHaveLength(1));
    expect(states[0]).toMatchObject({ status: 'full', error: { code: 'storage-full' }, unsaved: 2 });

    const third = sampleMessage(conversationId, { text: '3' });
    journal.later(third);
    expect(states[1]).toMatchObject({ status: 'full', unsaved: 3 });

    // The waits double up to five seconds, and each ends in one attempt.
    for (const ms of [500, 1000, 2000, 4000, 5000, 5000]) {
      const attempted = vi.spyOn(IDBDatabase.prototype, 'transaction');
      clock.advance(ms - 1);
      expect(attempted).not.toHaveBeenCalled();
      clock.advance(1);
      await vi.waitFor(() => expect(clock.waiting).toBe(1));
      expect(attempted).toHaveBeenCalledOnce();
      attempted.mockRestore();
    }
    expect(states).toHaveLength(2);

    disk.isFull = false;
    clock.advance(5000);
    await vi.waitFor(() => expect(states.at(-1)).toEqual({ status: 'ready', error: null, unsaved: 0 }));
    for (const { id, text } of [...messages, third]) expect(await storedText(id)).toBe(text);
    expect(clock.waiting).toBe(0);
  },
);

test('after a failure, the next flush and the next save try at once', async () => {
  const { disk, journal, states, storedText } = await setUp();
  const one = sampleMessage(conversationId, { text: 'one' });
  disk.isFull = true;
  journal.later(one);
  await journal.flush();
  expect(states.at(-1)).toMatchObject({ status: 'full', unsaved: 1 });
  disk.isFull = false;
  await journal.flush();
  expect(await storedText(one.id)).toBe('one');

  const two = sampleMessage(conversationId, { text: 'two' });
  disk.isFull = true;
  journal.later(two);
  await journal.flush();
  disk.isFull = false;
  await journal.save({ conversations: [sampleConversation()], messages: [] });
  expect(await storedText(two.id)).toBe('two');
  expect(states.at(-1)).toMatchObject({ status: 'ready', unsaved: 0 });
});

test('a refused save rejects, and is not stored behind the back of who was refused', async () => {
  const { clock, database, disk, journal, states } = await setUp();
  const conversation = sampleConversation();
  disk.isFull = true;
  await expect(
    journal.save({ conversations: [conversation], messages: [sampleMessage(conversation.id)] }),
  ).rejects.toMatchObject({ code: 'storage-full' });
  disk.isFull = false;
  clock.advance(60_000);
  await journal.flush();
  expect(await database.count('conversations')).toBe(0);
  expect(await database.count('messages')).toBe(0);
  // Nothing waits to be saved, so there is nothing to warn of.
  expect(states).toEqual([]);
});

test('a refused save of a message that waited leaves waiting what waited, and not what was refused', async () => {
  const { disk, journal, stored } = await setUp();
  const message = sampleMessage(conversationId, { text: 'growing', state: 'interrupted' });
  disk.isFull = true;
  journal.later(message);
  const save = (change: Partial<Message>): Promise<void> =>
    journal.save({ conversations: [], messages: [{ ...message, ...change }] });
  await expect(save({ state: 'queued' })).rejects.toThrow('no space left');
  expect(journal.waiting(conversationId)).toEqual([message]);
  expect(journal.waiting(newId<ConversationId>())).toEqual([]);
  // Nor two that are refused at once.
  const both = await Promise.allSettled([save({ state: 'queued' }), save({ state: 'stopped' })]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(journal.waiting(conversationId)).toEqual([message]);
  disk.isFull = false;
  await journal.flush();
  expect(await stored(message.id)).toEqual(message);
  expect(journal.waiting(conversationId)).toEqual([]);
});

test('a refused save puts nothing back over what was said since', async () => {
  const { database, disk, journal, openWith, storedText } = await setUp();
  const message = sampleMessage(conversationId, { text: 'one' });
  const gate = deferred<Database>();
  openWith(() => gate.promise);
  disk.isFull = true;
  journal.later(message);
  const saving = journal.save({ conversations: [], messages: [{ ...message, text: 'refused' }] });
  const since = { ...message, text: 'one, two' };
  journal.later(since);
  gate.resolve(database);
  await expect(saving).rejects.toThrow('no space left');
  expect(journal.waiting(conversationId)).toEqual([since]);
  disk.isFull = false;
  await journal.flush();
  expect(await storedText(message.id)).toBe('one, two');
});

test('a database that does not open is a failure like any other, and is asked for again', async () => {
  const { clock, database, journal, openWith, states, storedText } = await setUp();
  const message = sampleMessage(conversationId, { text: 'kept' });
  openWith(() => Promise.reject(new AppError('storage-failed', 'It does not open.')));
  journal.later(message);
  clock.advance(250);
  await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ status: 'failed', unsaved: 1 }));
  await expect(journal.save({ conversations: [], messages: [] })).rejects.toThrow('It does not open.');
  openWith(() => Promise.resolve(database));
  clock.advance(5000);
  await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ status: 'ready' }));
  expect(await storedText(message.id)).toBe('kept');
});

test('a purge makes room on a full disk, though something waits that does not fit', async () => {
  const { database, disk, journal } = await setUp();
  const [gone, kept] = [sampleConversation(), sampleConversation()];
  await journal.save({ conversations: [gone, kept], messages: [sampleMessage(gone.id)] });
  disk.isFull = true;
  journal.later(sampleMessage(kept.id));
  await journal.purge(gone.id);
  expect(await database.getAllKeys('conversations')).toEqual([kept.id]);
  expect(await database.getAllKeys('messages')).toEqual([]);
  expect(journal.waiting(kept.id)).toHaveLength(1);
});

test('a purge deletes what is stored, what waits and what is asked for, of that conversation only', async () => {
  const { database, disk, journal, openWith, states } = await setUp();
  const [gone, kept] = [sampleConversation(), sampleConversation()];
  await journal.save({ conversations: [gone, kept], messages: [sampleMessage(gone.id)] });

  disk.isFull = true;
  journal.later(sampleMessage(gone.id));
  await journal.flush();
  expect(states.at(-1)).toMatchObject({ status: 'full', unsaved: 1 });
  disk.isFull = false;
  const gate = deferred<Database>();
  openWith(() => gate.promise);
  const keptMessage = sampleMessage(kept.id);
  const work = [
    journal.save({
      conversations: [{ ...gone, title: 'again' }],
      messages: [sampleMessage(gone.id), keptMessage],
    }),
    journal.purge(gone.id),
  ];
  expect(states.at(-1)).toMatchObject({ status: 'ready', unsaved: 0 });
  gate.resolve(database);
  await Promise.all(work);
  expect(await database.getAllKeys('conversations')).toEqual([kept.id]);
  expect(await database.getAllKeys('messages')).toEqual([keptMessage.id]);
});
