import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { startOwnServer, type OwnServer } from '../../support/own-server.ts';
import {
  json,
  piece,
  serving,
  startUpstream,
  stream,
  usagePiece,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';

let own: OwnServer;
let tab: FakeTab;
let core: ReturnType<typeof makeTestCore>['core'];
let database: string;
const upstreams: ScriptedUpstream[] = [];

async function start(act: Parameters<typeof startUpstream>[0]): Promise<ScriptedUpstream> {
  const upstream = await startUpstream(act);
  upstreams.push(upstream);
  return upstream;
}

async function openCore(): Promise<void> {
  const locks = new FakeLocks();
  ({ core } = makeTestCore({
    engine: new ManualEngine(),
    locks,
    channels: new FakeChannels(),
    database,
    network: own,
  }));
  tab = await FakeTab.open(core, locks);
}

beforeEach(async () => {
  own = await startOwnServer();
  database = newId();
  await openCore();
});
afterEach(async () => {
  tab.close();
  await own.close();
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

const add = ({ base }: ScriptedUpstream, kind: 'vllm' | 'other' = 'vllm') =>
  tab.api.addServer({ kind, name: '', url: base, key: 'sk-secret' });

async function answerOf(ids: Awaited<ReturnType<FakeTab['send']>>) {
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  return () => view.state.messages[ids.answerId];
}

/** Breaks off after these words. */
const dying =
  (...words: string[]): Parameters<typeof startUpstream>[0] =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of words.slice(0, -1)) response.write(piece(word));
    response.write(piece(words.at(-1) ?? ''), () => response.destroy());
  };

test('a server’s model is chosen like any other, answers, and the message says who made it', async () => {
  const upstream = await start(
    serving('tiny', stream(piece('Hi'), piece(' there', 'stop'), usagePiece(11, 3), 'data: [DONE]\n\n')),
  );
  await add(upstream);
  expect((await tab.api.listModels()).map(({ id }) => id)).toEqual(['http:tiny', 'scripted']);
  await tab.api.chooseModel('http:tiny');
  const engine = await tab.watch('engine');
  await expect.poll(() => engine.state.status.type).toBe('ready');
  const origin = new URL(upstream.base).origin;
  expect(engine.state.model).toMatchObject({ label: 'tiny', sentTo: [origin] });
  const answer = await answerOf(await tab.send('Hello'));
  await expect.poll(() => answer()?.state).toBe('done');
  expect(answer()).toMatchObject({
    text: 'Hi there',
    generation: {
      model: 'tiny',
      server: origin,
      promptTokens: 11,
      completionTokens: 3,
      finishReason: 'stop',
    },
  });
  // What another device writes must not end up at a server that its person knows nothing of.
  expect(core.devices.state.sharing.obstacle).toContain('This device uses a server');
  const servers = await tab.watch('servers');
  expect(JSON.stringify([servers.state, engine.state])).not.toContain('sk-secret');
});

test('when one dies in the middle its text is kept, and another with the model goes on from it', async () => {
  const first = await start(serving('tiny', dying('Once ', 'upon')));
  const second = await start(serving('tiny', stream(piece(' a time', 'stop'))));
  await add(first);
  await add(second);
  await tab.api.chooseModel('http:tiny');
  const answer = await answerOf(await tab.send('A story'));
  await expect.poll(() => answer()?.state).toBe('done');
  expect(answer()?.text).toBe('Once upon a time');
  const last = second.asked.at(-1);
  expect(JSON.parse(last?.body ?? '')).toMatchObject({
    messages: [
      { role: 'user', content: 'A story' },
      { role: 'assistant', content: 'Once upon' },
    ],
    continue_final_message: true,
  });
});

test('when the only one dies the text stays, and Continue goes on once it is back', async () => {
  const upstream = await start(serving('tiny', dying('Once ', 'upon')));
  await add(upstream, 'other');
  await tab.api.chooseModel('http:tiny');
  // It goes away for good with its first answer.
  const dies = serving('tiny', async (response, asked, request) => {
    upstream.act((later) => void later.destroy());
    await dying('Once ', 'upon')(response, asked, request);
  });
  upstream.act(dies);
  const ids = await tab.send('A story');
  const answer = await answerOf(ids);
  await expect.poll(() => answer()?.state).toBe('interrupted');
  expect(answer()).toMatchObject({ text: 'Once upon', error: { code: 'host-lost' } });
  upstream.act(serving('tiny', stream(piece(' a time', 'stop'))));
  await tab.api.continueAnswer({ conversationId: ids.conversationId, messageId: ids.answerId });
  await expect.poll(() => answer()?.state).toBe('done');
  expect(answer()).toMatchObject({ text: 'Once upon a time', generation: { isSeamUnsure: true } });
});

test.each([
  // It may begin again, and its words would stand there twice.
  ['other', [1024]],
  ['vllm', [1024, 1022, 1020]],
] as const)(
  'the only one, of kind %s, breaks off each time: asked for %j tokens, then the rest waits for Continue',
  async (kind, limits) => {
    const upstream = await start(serving('tiny', dying('Once ', 'upon ')));
    await add(upstream, kind);
    await tab.api.chooseModel('http:tiny');
    const answer = await answerOf(await tab.send('A story'));
    await expect.poll(() => answer()?.state).toBe('interrupted');
    expect(answer()).toMatchObject({
      text: 'Once upon '.repeat(limits.length),
      error: { code: 'host-lost' },
      generation: { maxTokens: 1024, completionTokens: 2 * limits.length },
    });
    const chats = upstream.asked.filter(({ path }) => path?.endsWith('/chat/completions'));
    expect(chats.map(({ body }) => (JSON.parse(body) as { max_tokens: number }).max_tokens)).toEqual(limits);
  },
);

test.each([401, 403, 404, 429])(
  'one that answers with %i, which asking again would not mend, is asked once',
  async (status) => {
    const upstream = await start(serving('tiny', json(status, {})));
    await add(upstream);
    await tab.api.chooseModel('http:tiny');
    const engine = await tab.watch('engine');
    await expect.poll(() => engine.state.status.type).toBe('ready');
    const before = upstream.asked.length;
    const answer = await answerOf(await tab.send('Hello'));
    await expect.poll(() => answer()?.state).toBe('interrupted');
    expect(answer()?.error?.code).toBe('host-lost');
    expect(upstream.asked).toHaveLength(before + 1);
    // Nor when it is asked for its models.
    upstream.act(json(status, {}));
    const later = await answerOf(await tab.send('Hello'));
    await expect.poll(() => later()?.state).toBe('interrupted');
    expect(upstream.asked).toHaveLength(before + 2);
  },
);

test('Stop ends the request at the server and keeps the text', async () => {
  let isOpen = false;
  const upstream = await start(
    serving('tiny', (response) => {
      isOpen = true;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(piece('Once'));
      response.once('close', () => (isOpen = false));
    }),
  );
  await add(upstream);
  await tab.api.chooseModel('http:tiny');
  const ids = await tab.send('A story');
  const answer = await answerOf(ids);
  await expect.poll(() => answer()?.text).toBe('Once');
  await tab.api.stop({ conversationId: ids.conversationId, messageId: ids.answerId });
  await expect.poll(() => answer()?.state).toBe('stopped');
  await expect.poll(() => isOpen).toBe(false);
});

test('the choice outlives the core, and a removed server is sent nothing', async () => {
  const upstream = await start(serving('tiny', stream(piece('Hi', 'stop'))));
  const id = await add(upstream);
  await tab.api.chooseModel('http:tiny');
  tab.close();
  await openCore();
  const engine = await tab.watch('engine');
  await expect.poll(() => engine.state.model?.id).toBe('http:tiny');
  await expect.poll(() => engine.state.status.type).toBe('ready');
  await tab.api.removeServer(id);
  await expect.poll(() => engine.state.model?.sentTo).toEqual([]);
  const asked = upstream.asked.length;
  const answer = await answerOf(await tab.send('Hello'));
  await expect.poll(() => answer()?.state).toBe('interrupted');
  expect(answer()?.error?.message).toContain('No server offers tiny any more');
  expect(upstream.asked).toHaveLength(asked);
});
