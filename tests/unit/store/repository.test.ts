import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import {
  getSetting,
  listConversations,
  putSetting,
  readMessages,
  writeAll,
  type Changes,
} from '../../../src/worker/store/repository.ts';
import type { Database } from '../../../src/worker/store/schema.ts';
import { watchDisk, type FullAt } from './full-disk.ts';
import { openTestDatabase } from './open-test-database.ts';
import { sampleConversation, sampleGeneration, sampleMessage } from './samples.ts';

const write = (database: Database, changes: Partial<Changes>): Promise<void> =>
  writeAll(database, { conversations: [], messages: [], purge: [], ...changes }, 'relaxed');

/** Puts a record past the types, as another version of Hearth may have. */
const putRaw = (database: Database, store: 'conversations' | 'messages', record: unknown): Promise<unknown> =>
  database.put(store, record as never);

test('what is written is read back: conversations newest first, messages oldest first', async () => {
  const database = await openTestDatabase();
  const old = sampleConversation({ updatedAt: 1 });
  const young = sampleConversation({ updatedAt: 2, deletedAt: 3 });
  const first = sampleMessage(old.id, { role: 'user', text: 'Hello' });
  const second = sampleMessage(old.id, {
    parentId: first.id,
    generation: sampleGeneration({ contextFrom: first.id, finishReason: 'length' }),
    error: { code: 'gpu-lost', message: 'The GPU went away.' },
    state: 'failed',
  });
  const other = sampleMessage(young.id);
  await write(database, { conversations: [old, young], messages: [second, other, first] });
  expect(await listConversations(database)).toEqual({ records: [young, old], unreadable: 0 });
  expect(await readMessages(database, old.id)).toEqual({ records: [first, second], unreadable: 0 });
});

test('records of an older version get what came later', async () => {
  const database = await openTestDatabase();
  const conversation = sampleConversation();
  const { renamed: _, deletedAt: __, leafId: ___, ...olderConversation } = conversation;
  const message = sampleMessage(conversation.id, { text: 'Kept' });
  const { state: ____, error: _____, ...olderMessage } = message;
  await putRaw(database, 'conversations', olderConversation);
  await putRaw(database, 'messages', {
    ...olderMessage,
    generation: { model: 'pocket' },
    error: { code: 'a code of another time', message: 'It failed.' },
  });
  expect((await listConversations(database)).records).toEqual([conversation]);
  const { records } = await readMessages(database, conversation.id);
  expect(records).toEqual([
    {
      ...message,
      error: { code: 'engine-failed', message: 'It failed.' },
      generation: sampleGeneration({ quantization: '', temperature: 0, maxTokens: 0, seed: null }),
    },
  ]);
});

test('a record that cannot be read is counted, not shown and not deleted', async () => {
  const database = await openTestDatabase();
  const good = sampleConversation();
  const message = sampleMessage(good.id);
  await write(database, { conversations: [good], messages: [message] });
  await putRaw(database, 'conversations', { id: 'no date', title: 'Bad' });
  await putRaw(database, 'messages', { id: 'no text', conversationId: good.id });
  expect(await listConversations(database)).toEqual({ records: [good], unreadable: 1 });
  expect(await readMessages(database, good.id)).toEqual({ records: [message], unreadable: 1 });
  expect(await database.count('conversations')).toBe(2);
  expect(await database.count('messages')).toBe(2);
});

test('a purge deletes a conversation with all its messages, readable or not, and no others', async () => {
  const database = await openTestDatabase();
  const [gone, kept] = [sampleConversation(), sampleConversation()];
  const keptMessage = sampleMessage(kept.id);
  await write(database, {
    conversations: [gone, kept],
    messages: [sampleMessage(gone.id), sampleMessage(gone.id), keptMessage],
  });
  await putRaw(database, 'messages', { id: 'no text', conversationId: gone.id });
  await write(database, { purge: [gone.id] });
  expect((await listConversations(database)).records).toEqual([kept]);
  expect(await database.getAllKeys('messages')).toEqual([keptMessage.id]);
});

test.each<FullAt>(['put', 'commit'])(
  'a disk that is full at %s refuses the whole write, and says so',
  async (at) => {
    const database = await openTestDatabase();
    const conversation = sampleConversation();
    const disk = watchDisk(at);
    disk.isFull = true;
    await expect(
      write(database, { conversations: [conversation], messages: [sampleMessage(conversation.id)] }),
    ).rejects.toMatchObject({ code: 'storage-full', cause: { name: 'QuotaExceededError' } });
    disk.isFull = false;
    expect(await database.count('conversations')).toBe(0);
    expect(await database.count('messages')).toBe(0);
  },
);

test('one record that cannot be stored keeps the others from being stored', async () => {
  const database = await openTestDatabase();
  const conversation = sampleConversation();
  const unclonable = { ...sampleMessage(conversation.id), text: (() => {}) as unknown as string };
  await expect(
    write(database, { conversations: [conversation], messages: [unclonable] }),
  ).rejects.toMatchObject({ code: 'storage-failed', cause: { name: 'DataCloneError' } });
  expect(await database.count('conversations')).toBe(0);
});

test('a closed database fails with a sentence, to read and to write', async () => {
  const database = await openTestDatabase();
  database.close();
  const failure = { code: 'storage-failed', message: expect.stringContaining('could not read or save') };
  await expect(write(database, {})).rejects.toMatchObject(failure);
  await expect(listConversations(database)).rejects.toMatchObject(failure);
  await expect(readMessages(database, newId<ConversationId>())).rejects.toMatchObject(failure);
  await expect(getSetting(database, 'model')).rejects.toMatchObject(failure);
  await expect(putSetting(database, 'model', 'x')).rejects.toMatchObject(failure);
});

test('settings are kept as they were put', async () => {
  const database = await openTestDatabase();
  expect(await getSetting(database, 'model')).toBeUndefined();
  await putSetting(database, 'model', 'pocket');
  expect(await getSetting(database, 'model')).toBe('pocket');
});
