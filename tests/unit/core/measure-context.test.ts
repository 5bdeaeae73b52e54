import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { longestCounted } from '../../../src/shared/core-api.ts';
import { newId } from '../../../src/shared/ids.ts';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

class CountingEngine extends ManualEngine {
  override standardAnswer = 'An answer.';
  counted = 0;
  /** As a context that holds so many turns does. */
  room = Infinity;
  measure = async ({ turns }: { turns: Turn[] }) => {
    this.counted += 1;
    return { tokens: 5, contextWindow: 10, firstTurn: Math.max(0, turns.length - this.room) };
  };
}

async function openChat() {
  const engine = new CountingEngine();
  const locks = new FakeLocks();
  const { core } = makeTestCore({ engine, locks, channels: new FakeChannels(), database: newId() });
  const tab = await FakeTab.open(core, locks);
  const ids = await tab.send('Hi');
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  await expect.poll(() => view.state.messages[ids.answerId]?.state).toBe('done');
  return {
    engine,
    ...ids,
    measure: (text: string) => tab.api.measure(ids.conversationId, ids.answerId, text),
  };
}

it('says which message is the last that would not be seen, also where all of them are', async () => {
  const { engine, measure, messageId, answerId } = await openChat();
  expect(await measure('And?')).toEqual({ tokens: 5, contextTokens: 10, lastUnseen: null });
  engine.room = 2;
  expect(await measure('And?')).toMatchObject({ lastUnseen: messageId });
  engine.room = 1;
  expect(await measure('And?')).toMatchObject({ lastUnseen: answerId });
});

it('counts nothing that is too long to be counted as it is typed', async () => {
  const { engine, measure } = await openChat();
  expect(await measure('x'.repeat(longestCounted))).not.toBeNull();
  expect(await measure('x'.repeat(longestCounted + 1))).toBeNull();
  expect(engine.counted).toBe(1);
});
