import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { expect, onTestFinished, test } from 'vitest';
import type { StorageState } from '../../../src/shared/topics.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { migrations } from '../../../src/worker/store/schema.ts';
import { openStore, type Store } from '../../../src/worker/store/store.ts';
import { watchDisk } from './full-disk.ts';
import { testName } from './open-test-database.ts';
import { sampleConversation, sampleMessage } from './samples.ts';

function setUp(name = testName()): { store: Store; states: StorageState[]; name: string } {
  const states: StorageState[] = [];
  const store = openStore({ name, clock: systemClock, onState: (state) => states.push(state) });
  onTestFinished(() => store.close());
  return { store, states, name };
}

test('what one core saved the next one reads, finds and has as a setting', async () => {
  const { store, name, states } = setUp();
  await store.open();
  expect(states).toEqual([{ status: 'ready', error: null, unsaved: 0 }]);
  const conversation = sampleConversation({ title: 'Kept' });
  const question = sampleMessage(conversation.id, { role: 'user', text: 'Will it be there?' });
  const answer = sampleMessage(conversation.id, { parentId: question.id, text: 'It will.' });
  await store.save({ conversations: [conversation], messages: [question] });
  store.later(answer);
  await store.putSetting('model', 'pocket');
  await store.close();
  await expect(store.listConversations()).rejects.toMatchObject({ code: 'core-retired' });

  const next = setUp(name).store;
  await next.open();
  expect(await next.listConversations()).toEqual([conversation]);
  expect(await next.readMessages(conversation.id)).toEqual([question, answer]);
  expect(await next.getSetting('model')).toBe('pocket');
  expect(await next.getSetting('other')).toBeNull();
  expect(await next.search('will')).toMatchObject([{ conversationId: conversation.id, title: 'Kept' }]);
});

test('search follows what is saved, settled and purged', async () => {
  const { store } = setUp();
  await store.open();
  expect(await store.search('hello')).toEqual([]);
  const conversation = sampleConversation({ title: 'Chat' });
  const answer = sampleMessage(conversation.id, { state: 'queued' });
  const question = sampleMessage(conversation.id, { role: 'user', text: 'Hello' });
  await store.save({ conversations: [conversation], messages: [question, answer] });
  expect(await store.search('hello')).toMatchObject([{ messageId: question.id }]);
  store.index({ ...answer, state: 'done', text: 'Good day' });
  expect(await store.search('day')).toMatchObject([{ messageId: answer.id }]);
  await store.purge(conversation.id);
  expect(await store.search('hello')).toEqual([]);
  expect(await store.readMessages(conversation.id)).toEqual([]);
});

test('a message that could not be stored yet is read in its newest version', async () => {
  const { store, states } = setUp();
  await store.open();
  const conversation = sampleConversation();
  const message = sampleMessage(conversation.id, { text: 'stored' });
  await store.save({ conversations: [conversation], messages: [message] });
  const disk = watchDisk();
  disk.isFull = true;
  const grown = { ...message, text: 'stored and more' };
  const added = sampleMessage(conversation.id, { text: 'new' });
  store.later(added);
  store.later(grown);
  expect(await store.readMessages(conversation.id)).toEqual([grown, added]);
  expect(states.at(-1)).toMatchObject({ status: 'full', unsaved: 2 });
  disk.isFull = false;
  await store.flush();
  expect(states.at(-1)).toMatchObject({ status: 'ready', unsaved: 0 });
});

test('records that cannot be read are told once, with their number', async () => {
  const { store, states, name } = setUp();
  await store.open();
  const conversation = sampleConversation();
  await store.save({ conversations: [conversation], messages: [] });
  const raw = await openDB(name);
  await raw.put('messages', { id: 'bad', conversationId: conversation.id });
  await raw.put('conversations', { id: 'bad' });
  raw.close();

  expect(await store.listConversations()).toEqual([conversation]);
  expect(states.at(-1)).toMatchObject({
    status: 'ready',
    error: { message: expect.stringMatching(/^One saved/) },
  });
  await store.readMessages(conversation.id);
  expect(states.at(-1)).toMatchObject({
    status: 'ready',
    error: { message: expect.stringMatching(/^2 saved/) },
  });
  const told = states.length;
  await store.readMessages(conversation.id);
  await store.listConversations();
  expect(states).toHaveLength(told);
});

test('a store that a newer Hearth took the database from says so, and does not open it again', async () => {
  const { store, states, name } = setUp();
  await store.open();
  const newer = await openDB(name, migrations.length + 1);
  expect(states.at(-1)).toMatchObject({ status: 'failed', error: { code: 'core-retired' } });
  await expect(store.listConversations()).rejects.toMatchObject({ code: 'core-retired' });
  newer.close();
});

test('a database that does not open is a failure to open, with the reason as the state', async () => {
  const { store, states, name } = setUp();
  (await openDB(name, migrations.length + 1)).close();
  await expect(store.open()).rejects.toMatchObject({ code: 'storage-failed' });
  expect(states).toMatchObject([
    { status: 'failed', error: { message: expect.stringContaining('newer Hearth') } },
  ]);
});
