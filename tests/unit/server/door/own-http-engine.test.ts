import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../../../src/shared/ids.ts';
import { doorModel, openDoorHouse, type DoorHouse } from '../../../support/door-house.ts';
import { FakeChannels } from '../../../support/fake-channels.ts';
import { FakeLocks } from '../../../support/fake-locks.ts';
import { FakeTab } from '../../../support/fake-tab.ts';
import { makeTestCore } from '../../../support/make-test-core.ts';
import { ManualEngine } from '../../../support/manual-engine.ts';
import { startOwnServer, type OwnServer } from '../../../support/own-server.ts';

/* One Hearth as the server of another: its door, and the other one's `http` engine through the other one's proxy. */

const key = 'sk-from-next-door';
let engines: ManualEngine[];
let houses: DoorHouse[];
let own: OwnServer;
let tab: FakeTab;

beforeEach(async () => {
  engines = [new ManualEngine(), new ManualEngine()];
  houses = await Promise.all(engines.map((engine) => openDoorHouse({ engine, door: { apiKeys: [key] } })));
  own = await startOwnServer();
  const locks = new FakeLocks();
  const options = {
    engine: new ManualEngine(),
    locks,
    channels: new FakeChannels(),
    database: newId(),
    network: own,
  };
  tab = await FakeTab.open(makeTestCore(options).core, locks);
  for (const { url } of houses) await tab.api.addServer({ kind: 'hearth', name: '', url: `${url}/v1`, key });
  await tab.api.chooseModel(`http:${doorModel}`);
});
afterEach(async () => {
  tab.close();
  await own.close();
  for (const house of houses) await house.close();
});

async function ask(text: string) {
  const ids = await tab.send(text);
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  return {
    ref: { conversationId: ids.conversationId, messageId: ids.answerId },
    answer: () => view.state.messages[ids.answerId],
  };
}

/** The house that was asked last, and the other. */
async function serving(requests: number): Promise<[number, number]> {
  await expect.poll(() => engines.reduce((sum, engine) => sum + engine.requests.length, 0)).toBe(requests);
  return houses[0]?.core?.runs.isBusy() ? [0, 1] : [1, 0];
}

test('chats, with usage; stops within a token; and goes to the other house when one is gone', async () => {
  const first = await ask('Hello');
  const [one] = await serving(1);
  engines[one]?.write('Hi ');
  engines[one]?.write('there.');
  engines[one]?.finish();
  await expect.poll(() => first.answer()?.state).toBe('done');
  expect(first.answer()).toMatchObject({
    text: 'Hi there.',
    generation: { model: doorModel, server: houses[one]?.url, promptTokens: 1, completionTokens: 2 },
  });

  const second = await ask('Go on');
  const [two] = await serving(2);
  engines[two]?.write('Once');
  await expect.poll(() => second.answer()?.text).toBe('Once');
  await tab.api.stop(second.ref);
  await expect.poll(() => second.answer()?.state).toBe('stopped');
  await expect.poll(() => houses[two]?.core?.runs.isBusy()).toBe(false);

  const third = await ask('And now');
  const [three, four] = await serving(3);
  houses[three]?.killCore();
  await expect.poll(() => houses[four]?.core?.runs.isBusy()).toBe(true);
  engines[four]?.write('Here I am.');
  engines[four]?.finish();
  await expect.poll(() => third.answer()?.state).toBe('done');
  expect(third.answer()).toMatchObject({ text: 'Here I am.', generation: { server: houses[four]?.url } });
});
