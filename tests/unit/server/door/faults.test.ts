import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AppError } from '../../../../src/shared/errors.ts';
import { makeEngines } from '../../../../src/server/door/engines.ts';
import { readChatRequest } from '../../../../src/server/door/openai-request.ts';
import { doorModel, hello, openDoorHouse, type DoorHouse } from '../../../support/door-house.ts';
import { FakeTab } from '../../../support/fake-tab.ts';
import { ManualEngine } from '../../../support/manual-engine.ts';
import { expectShape, readEvents } from '../../../support/openai-shape.ts';

let engine: ManualEngine;
let house: DoorHouse;

/** What would have ended the server's process. */
const ends: unknown[] = [];
const noteEnd = (error: unknown): void => void ends.push(error);

beforeEach(async () => {
  process.on('uncaughtExceptionMonitor', noteEnd);
  engine = new ManualEngine();
  house = await openDoorHouse({ engine });
});
afterEach(async () => {
  await house.close();
  process.off('uncaughtExceptionMonitor', noteEnd);
  expect(ends.splice(0)).toEqual([]);
});

/** Somebody at the door who is a socket and no core; `wire` is the connection under it. */
function openEngine(at: DoorHouse) {
  const wire = connect(at.port, '127.0.0.1');
  const socket = new WebSocket(`ws://localhost:${at.port}/door/engine`, {
    origin: at.url,
    createConnection: () => wire,
  });
  socket.on('error', () => {});
  return { socket, wire };
}

const begun = (count: number) => expect.poll(() => engine.requests.length).toBe(count);
const isIdle = () => expect.poll(() => house.core?.runs.isBusy()).toBe(false);

test('a client that hangs up stops its run within a token, streamed or not, running or waiting', async () => {
  for (const stream of [true, false]) {
    const first = new AbortController();
    const second = new AbortController();
    const before = engine.requests.length;
    const sent = house.post({ stream }, { signal: first.signal });
    await begun(before + 1);
    const waiting = house.post({ stream }, { signal: second.signal });
    engine.write('Hel');
    if (stream) await (await sent).body?.getReader().read();
    second.abort();
    await expect(waiting).rejects.toThrow('aborted');
    first.abort();
    await sent.catch(() => {});
    // Nothing was written after the hang-up, and the run has ended all the same.
    await isIdle();
    expect(engine.requests).toHaveLength(before + 1);
  }
  engine.standardAnswer = 'Hello.';
  expect((await house.post({})).status).toBe(200);
});

test('the engine’s browser dies mid-answer: the stream ends with an error event', async () => {
  const streamed = house.post({ stream: true });
  await begun(1);
  engine.write('Hel');
  const response = await streamed;
  house.killCore();
  const { events, isDone } = readEvents(await response.text(), 'CreateChatCompletionStreamResponse');
  expect(isDone).toBe(false);
  expect(events.at(-1)).toMatchObject({ error: { code: 'engine_lost' } });
});

test('no engine: 503, when to come again, and what to do', async () => {
  const empty = await openDoorHouse({ engine: null });
  const response = await empty.post({});
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  const body = await response.json();
  expectShape('ErrorResponse', body);
  expect(body).toMatchObject({
    error: { code: 'no_engine', message: expect.stringContaining('--headless') },
  });
  expect(await (await fetch(`${empty.url}/v1/models`)).json()).toEqual({ object: 'list', data: [] });
  await empty.close();
});

test('a browser without a GPU says why nothing can answer', async () => {
  const blind = new ManualEngine();
  blind.noGpu = 'This browser has no WebGPU.';
  const other = await openDoorHouse({ engine: blind });
  await expect
    .poll(async () => (await (await other.post({})).json()) as unknown)
    .toMatchObject({ error: { message: expect.stringContaining('This browser has no WebGPU') } });
  await other.close();
});

test('an engine that corrects its count downwards stays at the door, for others too', async () => {
  if (!house.core) throw new Error('There is a core.');
  const tab = await FakeTab.open(house.core, house.locks);
  const view = await tab.watch('engine');
  const sent = house.post({ stream: true, stream_options: { include_usage: true } });
  await begun(1);
  engine.write('Hello', 3);
  // As of a server that says in the end how many tokens its pieces were.
  engine.write('', -1);
  engine.write(' there');
  let said = '';
  const write = (text: string): void => void (said += text);
  const reading = (await sent).body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write }));
  await expect.poll(() => said).toContain('there');
  const other = house.post({});
  await expect.poll(() => view.state.queue.length).toBe(1);
  engine.finish();
  await begun(2);
  engine.finish();
  expect((await other).status).toBe(200);
  await reading;
  expect(said).toContain('"completion_tokens":3');
  expect(said).toContain('[DONE]');
});

test('a model that fails to load in very many words says why, as far as there is room', async () => {
  const failing = new ManualEngine();
  failing.load = async () => {
    throw new AppError('model-failed', `The library is wrong. ${'x'.repeat(3_000)}`);
  };
  const other = await openDoorHouse({ engine: failing });
  await expect
    .poll(async () => (await (await other.post({})).json()) as unknown)
    .toMatchObject({ error: { message: expect.stringContaining('The library is wrong.') } });
  await other.close();
});

test('a model that could not be loaded once is tried again by the next request', async () => {
  const once = new ManualEngine();
  once.standardAnswer = 'There.';
  const load = once.load.bind(once);
  let isThere = false;
  once.load = async (model) => {
    if (!isThere) throw new AppError('host-lost', 'The server is being restarted.');
    await load(model);
  };
  const other = await openDoorHouse({ engine: once });
  expect((await other.post({})).status).toBe(503);
  isThere = true;
  expect((await other.post({})).status).toBe(200);
  await other.close();
});

test('more than 128 answers under way for one client: 429 and when to come again', async () => {
  const stop = new AbortController();
  const many = Array.from({ length: 128 }, () => house.post({}, { signal: stop.signal }).catch(() => null));
  await begun(1);
  await expect.poll(async () => await metric('hearth_requests_open')).toBe(128);
  const response = await house.post({});
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
  expectShape('ErrorResponse', await response.json());
  stop.abort();
  await Promise.all(many);
  await isIdle();
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

test('an engine that takes a request and never answers: 504, and it is told to stop', async () => {
  const engines = makeEngines({ model: null, waitMs: 0, patienceMs: 30 });
  const server = createServer().on('upgrade', engines.upgrade).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const heard: { type: string; id?: string }[] = [];
  socket.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString()) as { type: string }));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'status', model: doorModel, isReady: true, reason: null }));
  await expect.poll(() => engines.models).toEqual([doorModel]);
  const body = {
    turns: [{ role: 'user' as const, text: 'Hi' }],
    prefix: '',
    condition: null,
    sampling: {},
    options: {},
  };
  const events = engines.ask(
    { client: { id: 'me', name: 'me' }, isKept: false, model: doorModel, body },
    new AbortController().signal,
  );
  await expect(events.next()).rejects.toMatchObject({ status: 504 });
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(['welcome', 'ask', 'cancel']);
  engines.close();
  server.close();
});

test('one of two streamed choices fails when the other has just ended: the stream ends once, the server goes on', async () => {
  const other = await openDoorHouse({ engine: null });
  const { socket, wire } = openEngine(other);
  const asked: string[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as { type: string; id: string };
    if (message.type === 'ask') asked.push(message.id);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'status', model: doorModel, isReady: true, reason: null }));
  await expect
    .poll(async () => (await (await fetch(`${other.url}/v1/models`)).json()) as unknown)
    .toMatchObject({
      data: [{ id: doorModel }, {}],
    });
  const streamed = other.post({ stream: true, n: 2 });
  await expect.poll(() => asked.length).toBe(2);
  const tell = (id: string | undefined, event: object): void =>
    socket.send(JSON.stringify({ type: 'event', id, event }));
  tell(asked[0], { type: 'text', text: 'Hel', tokens: 1 });
  const response = await streamed;
  // All in one packet, so that the one choice fails while the other has words left that nobody has read.
  wire.cork();
  for (const text of ['lo', ' there']) tell(asked[0], { type: 'text', text, tokens: 1 });
  tell(asked[0], { type: 'done', finishReason: 'stop', promptTokens: 1, completionTokens: 3 });
  tell(asked[1], { type: 'error', code: 'busy', message: 'Stopped.' });
  wire.uncork();
  const { events, isDone } = readEvents(await response.text(), 'CreateChatCompletionStreamResponse');
  expect(isDone).toBe(false);
  expect(events.at(-1)).toMatchObject({ error: { message: 'Stopped.' } });
  expect((await fetch(`${other.url}/v1/models`)).status).toBe(200);
  await other.close();
});

test('one engine too many is refused, and nonsense from it ends nothing', async () => {
  const others = Array.from({ length: 31 }, () => openEngine(house));
  await Promise.all(others.map(({ socket }) => once(socket, 'open')));
  const { socket, wire } = openEngine(house);
  // A frame of no known kind, before the goodbye is answered.
  socket.once('open', () => wire.write(Buffer.of(0xff, 0xff)));
  const [code] = (await once(socket, 'close')) as [number];
  expect(code).toBe(4429);
  engine.standardAnswer = 'Hello.';
  expect((await house.post({})).status).toBe(200);
});

test('a request that the core could not read is refused, and other programs’ answers go on', async () => {
  const streamed = house.post({ stream: true });
  await begun(1);
  engine.write('Hel');
  const response = await streamed;
  expect((await house.post({ stop: 'x'.repeat(501) })).status).toBe(400);
  // `1e20` is written anew with 21 digits.
  const schema = `{"enum":[${'1e20,'.repeat(250_000)}1]}`;
  const long = await fetch(`${house.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(hello).slice(0, -1)},"response_format":{"type":"json_schema","json_schema":{"schema":${schema}}}}`,
  });
  expect(long.status).toBe(400);
  expect(await long.json()).toMatchObject({ error: { param: 'response_format' } });
  // Inside the message to the core every quotation mark is four characters.
  const quotes = { type: 'json_schema', json_schema: { schema: { title: '"'.repeat(2_097_000) } } };
  expect(() => readChatRequest({ ...hello, response_format: quotes })).toThrow('too long');
  engine.write('lo');
  engine.finish();
  expect(readEvents(await response.text(), 'CreateChatCompletionStreamResponse').isDone).toBe(true);
});

test('a seed of 64 bits is taken, and every choice has one of its own', async () => {
  engine.standardAnswer = 'Hello.';
  for (const seed of [2 ** 63, -(2 ** 63), 2 ** 53 - 1]) {
    const before = engine.requests.length;
    expect((await house.post({ seed, n: 3 })).status).toBe(200);
    const seeds = engine.requests.slice(before).map(({ sampling }) => sampling.seed);
    expect(new Set(seeds).size).toBe(3);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
  }
});

test('an engine that speaks nonsense is hung up on', async () => {
  for (const nonsense of ['{', '{"type":"status"}', 'x'.repeat(9 * 1024 * 1024), Buffer.from([1, 2, 3])]) {
    const socket = new WebSocket(`ws://localhost:${house.port}/door/engine`, { origin: house.url });
    socket.on('error', () => {});
    await once(socket, 'open');
    socket.send(nonsense);
    await once(socket, 'close');
  }
  engine.standardAnswer = 'Hello.';
  expect((await house.post({})).status).toBe(200);
});

test('the person at the engine may stop a program’s answer; the program is told', async () => {
  const sent = house.post(hello);
  await begun(1);
  await house.core?.runs.stopAll('stopped');
  const response = await sent;
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('stopped this answer') },
  });
});
