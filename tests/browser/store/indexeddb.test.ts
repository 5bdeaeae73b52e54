import { openDB } from 'idb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { cdp } from 'vitest/browser';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import type { StorageState } from '../../../src/shared/topics.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { migrations } from '../../../src/worker/store/schema.ts';
import { openStore } from '../../../src/worker/store/store.ts';
import { openTestDatabase, testName } from '../../unit/store/open-test-database.ts';
import { sampleConversation, sampleMessage } from '../../unit/store/samples.ts';

/** What Playwright's session can do; Vitest leaves its type empty. */
interface DevTools {
  send(method: string, params: object): Promise<unknown>;
}
const devTools = (): DevTools => cdp();
const { origin } = location;

const later = [...migrations, () => {}];

test('a connection that does not close blocks a later version; when it closes, the opening goes on', async () => {
  const name = testName();
  (await openTestDatabase({ name })).close();
  const older = await openDB(name, migrations.length);
  const onBlocked = vi.fn();
  const opening = openTestDatabase({ name, onBlocked, migrations: later });
  await vi.waitFor(() => expect(onBlocked).toHaveBeenCalledOnce());
  // Still blocked: what is asked of the older connection is answered.
  expect(await older.count('messages')).toBe(0);
  older.close();
  expect((await opening).version).toBe(later.length);
});

test('a later version that wants in closes the connection and is not blocked', async () => {
  const name = testName();
  const onBlocking = vi.fn();
  const database = await openTestDatabase({ name, onBlocking });
  const newer = await openTestDatabase({ name, migrations: later });
  expect(newer.version).toBe(later.length);
  expect(onBlocking).toHaveBeenCalledOnce();
  expect(() => database.transaction('messages')).toThrow('closing');
});

test('site data that is cleared ends the connection; the store opens another and saves what it still has', async () => {
  const onTerminated = vi.fn();
  await openTestDatabase({ onTerminated });
  const states: StorageState[] = [];
  const store = openStore({ name: testName(), clock: systemClock, onState: (state) => states.push(state) });
  onTestFinished(() => store.close());
  await store.open();
  const message = sampleMessage(newId<ConversationId>(), { text: 'still in memory' });
  await store.save({ conversations: [sampleConversation()], messages: [] });

  await devTools().send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await vi.waitFor(() => expect(onTerminated).toHaveBeenCalledOnce());
  store.later(message);
  await vi.waitFor(async () => expect(await store.readMessages(message.conversationId)).toEqual([message]));
  expect(await store.listConversations()).toEqual([]);
  expect(states.at(-1)).toMatchObject({ status: 'ready', unsaved: 0 });
});

test("the browser's own full disk refuses a save, keeps growing text, and stores it when there is room", async () => {
  // Chromium remembers for 30 s how much room there was at an earlier write, unless the databases are gone.
  await devTools().send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  const states: StorageState[] = [];
  const store = openStore({ name: testName(), clock: systemClock, onState: (state) => states.push(state) });
  onTestFinished(() => store.close());
  await store.open();
  onTestFinished(async () => {
    await devTools().send('Storage.overrideQuotaForOrigin', { origin });
  });
  // One byte: Chromium takes zero for no override.
  await devTools().send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });

  const conversation = sampleConversation();
  await expect(store.save({ conversations: [conversation], messages: [] })).rejects.toMatchObject({
    code: 'storage-full',
    cause: { name: 'QuotaExceededError' },
  });
  const answer = sampleMessage(conversation.id, { text: 'grows' });
  store.later(answer);
  await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ status: 'full', unsaved: 1 }));
  answer.text += ' on';
  store.later(answer);

  await devTools().send('Storage.overrideQuotaForOrigin', { origin });
  await vi.waitFor(() => expect(states.at(-1)).toEqual({ status: 'ready', error: null, unsaved: 0 }), 10_000);
  expect(await store.listConversations()).toEqual([]);
  expect(await store.readMessages(conversation.id)).toEqual([answer]);
});
