import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ModelChoice } from '../../../src/shared/engine-state.ts';
import { newId, type ServerId } from '../../../src/shared/ids.ts';
import type { ServerKind } from '../../../src/shared/servers-state.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import type { EngineEvent, GenerateRequest } from '../../../src/worker/engines/engine.ts';
import { makeHttpEngine } from '../../../src/worker/engines/http/http-engine.ts';
import { makeProxyClient } from '../../../src/worker/servers/proxy-client.ts';
import type { ServerRecord } from '../../../src/worker/servers/server-records.ts';
import { startOwnServer, type OwnServer } from '../../support/own-server.ts';
import {
  json,
  piece,
  startUpstream,
  stream,
  usagePiece,
  type Act,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';

let own: OwnServer;
const upstreams: ScriptedUpstream[] = [];

beforeEach(async () => {
  own = await startOwnServer();
});
afterEach(async () => {
  await own.close();
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

async function start(act: Act): Promise<ScriptedUpstream> {
  const upstream = await startUpstream(act);
  upstreams.push(upstream);
  return upstream;
}

const model: ModelChoice = {
  id: 'http:tiny',
  engine: 'http',
  label: 'tiny',
  quantization: '',
  builtIn: false,
  gpuBytes: null,
  needsF16: false,
};

const sampling = { temperature: 0.7, topP: 0.95, maxTokens: 100, seed: null };
const question: GenerateRequest = { model, turns: [{ role: 'user', text: 'Hello' }], prefix: '', sampling };

/** The engine with these servers, all with the model. */
function engineOf(...list: (ScriptedUpstream | [ScriptedUpstream, ServerKind])[]) {
  const records = list.map((each): ServerRecord => {
    const [upstream, kind] = Array.isArray(each) ? each : [each, 'other' as const];
    return { id: newId<ServerId>(), kind, name: '', url: upstream.base, key: 'sk-key', models: ['tiny'] };
  });
  const client = makeProxyClient({ ...own, bases: () => records.map(({ url }) => url) });
  return makeHttpEngine({
    servers: { withModel: () => records, test: async () => ({ type: 'ok' }) },
    client,
    clock: systemClock,
  });
}

async function collect(events: AsyncIterable<EngineEvent>): Promise<EngineEvent[]> {
  const all: EngineEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const answerOf = (
  engine: ReturnType<typeof engineOf>,
  request = question,
  signal = new AbortController().signal,
) => collect(engine.generate(request, signal));

const textOf = (events: EngineEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const tokensOf = (events: EngineEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === 'text' ? event.tokens : 0), 0);

test('streams: start, text, and what the server says of its tokens', async () => {
  const upstream = await start(
    stream(piece('Hel'), piece('lo'), piece('', 'length'), usagePiece(12, 9), 'data: [DONE]\n\n'),
  );
  const events = await answerOf(engineOf(upstream));
  expect(events[0]).toMatchObject({
    type: 'start',
    madeBy: { model: 'tiny', server: `http://127.0.0.1:${upstream.port}` },
  });
  expect(textOf(events)).toBe('Hello');
  expect(tokensOf(events)).toBe(9);
  expect(events.at(-1)).toEqual({ type: 'done', finishReason: 'length', promptTokens: 12 });
  expect(JSON.parse(upstream.asked[0]?.body ?? '')).toEqual({
    model: 'tiny',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    temperature: 0.7,
    top_p: 0.95,
    max_tokens: 100,
    stream_options: { include_usage: true },
  });
  expect(upstream.asked[0]?.headers.authorization).toBe('Bearer sk-key');
});

const nothing = stream('data: [DONE]\n\n');
const face = Buffer.from(piece('🙂'));
const quirks: [name: string, act: Act, text: string, tokens: number][] = [
  [
    'no usage: pieces are counted',
    stream(piece('a'), piece('b'), piece('', 'stop'), 'data: [DONE]\n\n'),
    'ab',
    2,
  ],
  ['no [DONE]', stream(piece('a'), piece('b', 'stop')), 'ab', 2],
  ['neither [DONE] nor a reason', stream(piece('a'), piece('b')), 'ab', 2],
  ['[DONE] and no reason', stream(piece('a'), 'data: [DONE]\n\n'), 'a', 1],
  ['CRLF', stream(piece('a').replaceAll('\n', '\r\n'), 'data: [DONE]\r\n\r\n'), 'a', 1],
  ['keep-alive comments', stream(': ping\n\n', piece('a'), ':\n', ': ping\n\n', piece('b', 'stop')), 'ab', 2],
  ['no space after the colon', stream(piece('a').replace('data: ', 'data:'), 'data:[DONE]\n\n'), 'a', 1],
  ['event names', stream(`event: message\nid: 7\n${piece('a', 'stop')}`), 'a', 1],
  ['a last event without its empty line', stream(piece('a'), piece('b', 'stop').trimEnd()), 'ab', 2],
  ['a byte order mark', stream(`\uFEFF${piece('a', 'stop')}`), 'a', 1],
  [
    'null content and a role',
    stream(
      'data: {"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}\n\n',
      piece('a', 'stop'),
    ),
    'a',
    1,
  ],
  [
    'thoughts apart from the answer',
    stream(
      'data: {"choices":[{"delta":{"reasoning_content":"h"}}]}\n\n',
      'data: {"choices":[{"delta":{"reasoning":"m","content":""}}]}\n\n',
      piece('a'),
      piece('b', 'stop'),
    ),
    '<think>\nhm\n</think>\n\nab',
    4,
  ],
  [
    'thoughts and nothing else',
    stream('data: {"choices":[{"delta":{"reasoning":"hm"},"finish_reason":"stop"}]}\n\n'),
    '<think>\nhm',
    1,
  ],
  ['a character cut in two', stream(face.subarray(0, 47), face.subarray(47)), '🙂', 1],
  [
    'all of it in one JSON',
    json(200, {
      choices: [{ message: { role: 'assistant', content: 'ab' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }),
    'ab',
    2,
  ],
  ['an answer without a word', nothing, '', 0],
  [
    'an error that is null',
    stream('data: {"error":null,"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'),
    'a',
    1,
  ],
];

for (const [name, act, text, tokens] of quirks) {
  test(`a quirk is hidden: ${name}`, async () => {
    const events = await answerOf(engineOf(await start(act)));
    expect(textOf(events)).toBe(text);
    expect(tokensOf(events)).toBe(tokens);
    expect(events.at(-1)).toMatchObject({ type: 'done', finishReason: 'stop' });
  });
}

test('a field that a server refuses is left out or renamed, once and for all', async () => {
  const upstream = await start((response, asked, request) => {
    const body = JSON.parse(asked.body) as Record<string, unknown>;
    for (const field of ['stream_options', 'max_tokens', 'seed'])
      if (field in body) {
        const message = `Unsupported parameter: '${field}'${field === 'max_tokens' ? " Use 'max_completion_tokens'." : ''}`;
        return json(field === 'seed' ? 422 : 400, { error: { message } })(response, asked, request);
      }
    return stream(piece('a', 'stop'))(response, asked, request);
  });
  const engine = engineOf(upstream);
  const seeded = { ...question, sampling: { ...sampling, seed: 7 } };
  expect(textOf(await answerOf(engine, seeded))).toBe('a');
  expect(upstream.asked).toHaveLength(4);
  expect(JSON.parse(upstream.asked[3]?.body ?? '')).toMatchObject({ max_completion_tokens: 100 });
  await answerOf(engine, seeded);
  expect(upstream.asked).toHaveLength(5);
});

const refusals: [body: unknown, words: string][] = [
  [{ error: { message: 'bad thing', type: 'x' } }, 'bad thing'],
  [{ error: 'bad thing' }, 'bad thing'],
  [{ object: 'error', message: 'bad thing', code: 400 }, 'bad thing'],
  [{ detail: 'bad thing' }, 'bad thing'],
  [{ detail: [{ loc: ['body', 'messages'], msg: 'bad thing', type: 'x' }] }, 'body.messages: bad thing'],
  [{ message: 'bad key sk-key here' }, 'bad key … here'],
];

test('a refusal is told in the server’s own words, in whatever shape, and without the key', async () => {
  const upstream = await start(json(500, {}));
  for (const [body, words] of refusals) {
    upstream.act(json(400, body));
    await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({
      code: 'engine-failed',
      message: `127.0.0.1:${upstream.port} refused this request: ${words}`,
    });
  }
});

test('a conversation that is too long is told as that', async () => {
  const message = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.";
  const upstream = await start(json(400, { object: 'error', message }));
  await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({ code: 'context-full' });
});

test('abort ends the answer after at most one more token, and the server’s work', async () => {
  let closed = false;
  const upstream = await start((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(piece('a'));
    response.write(piece('b'));
    response.once('close', () => (closed = true));
  });
  const controller = new AbortController();
  const events: EngineEvent[] = [];
  let after = 0;
  for await (const event of engineOf(upstream).generate(question, controller.signal)) {
    events.push(event);
    if (controller.signal.aborted) after += 1;
    if (event.type === 'text') controller.abort();
  }
  expect(after).toBeLessThanOrEqual(1);
  expect(events.some(({ type }) => type === 'done')).toBe(false);
  await vi.waitFor(() => expect(closed).toBe(true));
});

test('abort before anything came ends it too', async () => {
  const upstream = await start(() => {});
  const controller = new AbortController();
  const events = answerOf(engineOf(upstream), question, controller.signal);
  await vi.waitFor(() => expect(upstream.asked).toHaveLength(1));
  controller.abort();
  expect(await events).toEqual([]);
  await vi.waitFor(async () => expect(await upstream.connections()).toBe(0));
});

const deaths: [name: string, act: Act][] = [
  ['hangs up', (response) => void response.destroy()],
  [
    'hangs up after its headers',
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': here\n\n', () => response.destroy());
    },
  ],
  ['has no key for us', json(401, { error: { message: 'no' } })],
  ['has lost the model', json(404, { error: { message: 'no model tiny' } })],
  ['is too busy', json(429, {})],
  ['fails', json(503, {})],
  ['says so within its stream', stream('data: {"error":{"message":"out of memory"}}\n\n')],
  [
    'sends a web page',
    (response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><p>Hello');
    },
  ],
];

for (const [name, act] of deaths) {
  test(`before the first token the next server takes over when one ${name}`, async () => {
    const dead = await start(act);
    const alive = await start(stream(piece('alive', 'stop')));
    const engine = engineOf(dead, alive);
    const events = await answerOf(engine);
    expect(textOf(events)).toBe('alive');
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(dead.asked).toHaveLength(1);
    // It rests for a while: the next answer does not wait for it.
    await answerOf(engine);
    expect(dead.asked).toHaveLength(1);
  });
}

test('with no other server the reason is told, and the engine is not loaded any more', async () => {
  const dead = await start(json(401, {}));
  const engine = engineOf(dead);
  await engine.load(model, { signal: new AbortController().signal, onProgress() {} });
  expect(engine.loadedModel).toBe(model.id);
  await expect(answerOf(engine)).rejects.toMatchObject({
    code: 'host-lost',
    message: `127.0.0.1:${dead.port} wants a key, or does not take this one.`,
  });
  expect(engine.loadedModel).toBeNull();
});

test('after the first token a death is a loss: the text stays, and nothing is asked twice', async () => {
  const dying = await start((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(piece('half'), () => response.destroy());
  });
  const other = await start(stream(piece('no', 'stop')));
  const events: EngineEvent[] = [];
  const reading = (async () => {
    for await (const event of engineOf(dying, other).generate(question, new AbortController().signal))
      events.push(event);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'host-lost' });
  expect(textOf(events)).toBe('half');
  expect(other.asked).toHaveLength(0);
});

test('what goes wrong after the last token takes nothing from the answer', async () => {
  const failing = await start(stream(piece('all', 'stop'), 'data: {"error":{"message":"engine died"}}\n\n'));
  const events = await answerOf(engineOf(failing));
  expect(textOf(events)).toBe('all');
  expect(events.at(-1)).toMatchObject({ type: 'done', finishReason: 'stop' });
});

test('an error within the stream, after text, is a loss with its reason kept', async () => {
  const upstream = await start(stream(piece('half'), 'data: {"error":{"message":"engine died"}}\n\n'));
  const failure = await answerOf(engineOf(upstream)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'host-lost' });
  expect((failure as Error).cause).toMatchObject({
    message: expect.stringContaining('engine died') as string,
  });
});

test('continuing: the text goes last, vLLM is told to go on, and where it is unsure that is said', async () => {
  const ask = { ...question, prefix: 'Once upon' };
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Once upon' },
  ];
  const expected: [ServerKind, object, boolean][] = [
    ['vllm', { continue_final_message: true, add_generation_prompt: false }, false],
    ['sglang', { continue_final_message: true }, false],
    ['llamacpp', {}, false],
    ['other', {}, true],
    ['ollama', {}, true],
  ];
  for (const [kind, extra, isUnsure] of expected) {
    const upstream = await start(stream(piece(' a time', 'stop')));
    const [first] = await answerOf(engineOf([upstream, kind]), ask);
    const body = JSON.parse(upstream.asked[0]?.body ?? '') as object;
    expect(body).toMatchObject({ messages, ...extra });
    expect('continue_final_message' in body).toBe('continue_final_message' in extra);
    expect(first).toMatchObject({ type: 'start' });
    expect(first?.type === 'start' && first.madeBy?.isSeamUnsure === true).toBe(isUnsure);
  }
});

test('a server that goes on exactly is preferred for continuing', async () => {
  const other = await start(stream(piece('other', 'stop')));
  const vllm = await start(stream(piece('vllm', 'stop')));
  const engine = engineOf(other, [vllm, 'vllm']);
  expect(textOf(await answerOf(engine, { ...question, prefix: 'Once' }))).toBe('vllm');
  expect(textOf(await answerOf(engine))).toBe('other');
});

test('of several servers the one with fewer requests under way, then the quicker one, is asked', async () => {
  let release = (): void => {};
  const held: Act = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    release = () => response.end(piece('slow', 'stop'));
  };
  const first = await start(held);
  const second = await start(stream(piece('second', 'stop')));
  const engine = engineOf(first, second);
  const slow = answerOf(engine);
  await vi.waitFor(() => expect(first.asked).toHaveLength(1));
  expect(textOf(await answerOf(engine))).toBe('second');
  release();
  expect(textOf(await slow)).toBe('slow');
  // The first made its person wait; the second did not.
  first.act(stream(piece('first', 'stop')));
  expect(textOf(await answerOf(engine))).toBe('second');
});

test('an endless event is given up before it fills the memory', async () => {
  const upstream = await start((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = (): void => {
      while (!response.destroyed && response.write('data: '.padEnd(65_536, 'x')));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  });
  await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({ code: 'host-lost' });
  await vi.waitFor(async () => expect(await upstream.connections()).toBe(0));
});
