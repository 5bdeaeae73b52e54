import 'fake-indexeddb/auto';
import { forceCloseDatabase } from 'fake-indexeddb';
import { openDB, unwrap } from 'idb';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../../src/worker/store/open-database.ts';
import { migrations, type Migration } from '../../../src/worker/store/schema.ts';
import { openTestDatabase, testName } from './open-test-database.ts';
import { sampleConversation } from './samples.ts';

const silent = { onBlocked() {}, onBlocking() {}, onTerminated() {} };

test('a new database has its stores and indexes', async () => {
  const database = await openTestDatabase();
  expect(database.version).toBe(migrations.length);
  const stores = ['conversations', 'guests', 'hosts', 'messages', 'settings'];
  expect([...database.objectStoreNames]).toEqual(stores);
  const transaction = database.transaction(['conversations', 'messages']);
  expect([...transaction.objectStore('conversations').indexNames]).toEqual(['updatedAt']);
  expect([...transaction.objectStore('messages').indexNames]).toEqual(['conversation']);
});

test('migrations run in order, and only those a database has not had', async () => {
  const ran: string[] = [];
  const step =
    (word: string): Migration =>
    () =>
      ran.push(word);
  const name = testName();
  (await openTestDatabase({ name, migrations: [step('one')] })).close();
  expect(ran).toEqual(['one']);
  await openTestDatabase({ name, migrations: [step('one'), step('two'), step('three')] });
  expect(ran).toEqual(['one', 'two', 'three']);
});

test('a migration sees what older versions stored, and can change it', async () => {
  const name = testName();
  const conversation = sampleConversation({ title: 'before' });
  const older = await openTestDatabase({ name });
  await older.put('conversations', conversation);
  older.close();
  const retitle: Migration = (_, transaction) => {
    void transaction.objectStore('conversations').put({ ...conversation, title: 'after' });
  };
  const newer = await openTestDatabase({ name, migrations: [...migrations, retitle] });
  expect(newer.version).toBe(migrations.length + 1);
  expect(await newer.get('conversations', conversation.id)).toMatchObject({ title: 'after' });
});

test('a migration that fails leaves the database as it was', async () => {
  const name = testName();
  (await openTestDatabase({ name })).close();
  const failing: Migration = (database) => {
    database.deleteObjectStore('messages');
    throw new Error('Broken.');
  };
  const opening = openTestDatabase({ name, migrations: [...migrations, failing] });
  await expect(opening).rejects.toMatchObject({ code: 'storage-failed' });
  const database = await openTestDatabase({ name });
  expect(database.version).toBe(migrations.length);
  expect([...database.objectStoreNames]).toContain('messages');
});

test('a database that an older connection holds opens when that one lets go', async () => {
  const name = testName();
  const older = await openDB(name, migrations.length);
  const onBlocked = vi.fn();
  const opening = openTestDatabase({ name, onBlocked, migrations: [...migrations, () => {}] });
  await vi.waitFor(() => expect(onBlocked).toHaveBeenCalledOnce());
  expect(onBlocked).toHaveBeenCalledWith(expect.objectContaining({ code: 'storage-blocked' }));
  older.close();
  expect((await opening).version).toBe(migrations.length + 1);
});

test('a newer version that wants in closes the connection', async () => {
  const name = testName();
  const onBlocking = vi.fn();
  const database = await openTestDatabase({ name, onBlocking });
  const newer = await openDB(name, migrations.length + 1);
  expect(onBlocking).toHaveBeenCalledOnce();
  expect(() => database.transaction('messages')).toThrow();
  newer.close();
});

test('a connection that the browser ends is reported, one that is closed is not', async () => {
  const onTerminated = vi.fn();
  const database = await openTestDatabase({ onTerminated });
  (await openTestDatabase({ onTerminated })).close();
  expect(onTerminated).not.toHaveBeenCalled();
  forceCloseDatabase(unwrap(database) as never);
  expect(onTerminated).toHaveBeenCalledOnce();
});

test('a database of a newer Hearth is refused with a word about it', async () => {
  const name = testName();
  (await openDB(name, migrations.length + 1)).close();
  await expect(openDatabase({ name, ...silent })).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('newer Hearth'),
    cause: { name: 'VersionError' },
  });
});

test.each([
  ['SecurityError', 'storage-failed', /Allow site data/],
  ['QuotaExceededError', 'storage-full', /no space left/],
  ['UnknownError', 'storage-failed', /could not read or save.*Broken/],
])('a browser that refuses with %s is told as %s', async (name, code, message) => {
  const refusing = {
    open() {
      throw new DOMException('Broken.', name);
    },
  } as unknown as IDBFactory;
  await expect(openDatabase({ indexedDB: refusing, ...silent })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
