import 'fake-indexeddb/auto';
import { expect } from 'vitest';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

/** A device with nothing on it. */
export async function openDevice(): Promise<FakeTab> {
  const engine = new ManualEngine();
  engine.standardAnswer = 'An answer.';
  const locks = new FakeLocks();
  const { core } = makeTestCore({ engine, locks, channels: new FakeChannels(), database: newId() });
  const opened = await FakeTab.open(core, locks);
  await core.ready();
  await core.slot.ensureLoaded();
  return opened;
}

export async function chat(of: FakeTab, text: string, place?: Parameters<FakeTab['send']>[1]) {
  const ids = await of.send(text, place);
  const view = await of.watch(`conversation:${ids.conversationId}`);
  await expect.poll(() => view.state.messages[ids.answerId]?.state).toBe('done');
  return ids;
}

export async function everything(of: FakeTab) {
  const list = Object.values((await of.watch('conversations')).state.conversations);
  const states = list.map(async ({ id }) => (await of.watch(`conversation:${id}`)).state);
  return Promise.all(states);
}

export const file = (...lines: unknown[]): Blob =>
  new Blob(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
export const header = { format: 'hearth-conversations', version: 1 };

export function savedChat(change: object = {}, messageChange: object = {}) {
  const id = newId<ConversationId>();
  const first = newId<MessageId>();
  const message = { conversationId: id, createdAt: 1, state: 'done' };
  return {
    conversation: { id, title: 'From a file', createdAt: 1, updatedAt: 2, leafId: null, ...change },
    messages: [
      { ...message, id: first, parentId: null, role: 'user', text: 'Hello', ...messageChange },
      { ...message, id: newId<MessageId>(), parentId: first, role: 'assistant', text: 'Hi' },
    ],
  };
}
