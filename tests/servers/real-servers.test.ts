import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../src/shared/ids.ts';
import { FakeChannels } from '../support/fake-channels.ts';
import { FakeLocks } from '../support/fake-locks.ts';
import { FakeTab } from '../support/fake-tab.ts';
import { makeTestCore } from '../support/make-test-core.ts';
import { ManualEngine } from '../support/manual-engine.ts';
import { startOwnServer, type OwnServer } from '../support/own-server.ts';
import { modelName, startReal, type Maker, type RealServer } from './real-server.ts';

let own: OwnServer;
let tab: FakeTab;
const running: RealServer[] = [];

beforeEach(async () => {
  own = await startOwnServer();
  const locks = new FakeLocks();
  const { core } = makeTestCore({
    engine: new ManualEngine(),
    locks,
    channels: new FakeChannels(),
    database: newId(),
    network: own,
  });
  tab = await FakeTab.open(core, locks);
});
afterEach(async () => {
  tab.close();
  await own.close();
  for (const server of running.splice(0)) await server.kill();
});

async function add(maker: Maker): Promise<RealServer> {
  const server = await startReal(maker);
  running.push(server);
  const key = maker === 'tinyq4' ? '' : 'sk-test';
  await tab.api.addServer({ kind: 'other', name: maker, url: server.base, key });
  const servers = await tab.watch('servers');
  expect(servers.state.servers.at(-1)).toMatchObject({ models: [modelName], check: { type: 'ok' } });
  return server;
}

async function ask(text: string) {
  const ids = await tab.send(text);
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  const answer = () => {
    const message = view.state.messages[ids.answerId];
    if (!message) throw new Error('There is no answer.');
    return message;
  };
  return { ref: { conversationId: ids.conversationId, messageId: ids.answerId }, answer };
}

/** Asks until the model says something: one as small as this ends some answers before their first word. */
async function askUntilWords(text: string, length: number) {
  for (;;) {
    const asked = await ask(text);
    const isSettled = () => asked.answer().text.length >= length || asked.answer().state === 'done';
    await expect.poll(isSettled, patient).toBe(true);
    if (asked.answer().text.length >= length) return asked;
  }
}

const patient = { timeout: 150_000, interval: 50 };
const originOf = ({ base }: RealServer): string => new URL(base).origin;

for (const maker of ['tinyq4', 'llama-cpp-python'] as const) {
  test(`${maker}: chats, stops, and serves the next one`, async () => {
    const server = await add(maker);
    await tab.api.chooseModel(`http:${modelName}`);
    const first = await askUntilWords('Tell me a long story about a dragon.', 10);
    if (first.answer().state === 'running') {
      await tab.api.stop(first.ref);
      await expect.poll(() => first.answer().state, patient).toBe('stopped');
    }
    const { text } = first.answer();
    const second = await askUntilWords('Say hello.', 1);
    await tab.api.stop(second.ref);
    await expect.poll(() => second.answer().state, patient).toMatch(/stopped|done/);
    expect(first.answer().text).toBe(text);
    const { generation } = second.answer();
    expect(generation).toMatchObject({ model: modelName, server: originOf(server) });
    expect(generation?.completionTokens).toBeGreaterThan(0);
    console.log(`${maker}: ${JSON.stringify(text)}`);
  });
}

test('the key: without it the test says so', async () => {
  const server = await startReal('llama-cpp-python');
  running.push(server);
  await tab.api.addServer({ kind: 'llamacpp', name: '', url: server.base, key: 'wrong' });
  const servers = await tab.watch('servers');
  expect(servers.state.servers[0]?.check).toMatchObject({ problem: { kind: 'unauthorized' } });
});

test('one is killed in the middle of its answer: the text is kept and the other goes on from it', async () => {
  const servers = [await add('tinyq4'), await add('llama-cpp-python')];
  await tab.api.chooseModel(`http:${modelName}`);
  const { answer, ref } = await askUntilWords('Tell me a long story about a dragon by the sea.', 20);
  const before = answer();
  expect(before.state).toBe('running');
  const origin = before.generation?.server;
  await servers.find((server) => originOf(server) === origin)?.kill();
  await expect.poll(() => answer().generation?.server, patient).not.toBe(origin);
  await expect.poll(() => answer().text.length, patient).toBeGreaterThan(before.text.length);
  expect(answer().text.startsWith(before.text)).toBe(true);
  // The next question finds the dead one out before its first token.
  await tab.api.stop(ref);
  await expect.poll(() => answer().state, patient).toMatch(/stopped|done/);
  const next = await askUntilWords('Say hello.', 1);
  expect(next.answer().generation?.server).not.toBe(origin);
  await tab.api.stop(next.ref);
  await expect.poll(() => next.answer().state, patient).toMatch(/stopped|done/);
});
