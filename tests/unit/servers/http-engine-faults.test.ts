import { expect, test, vi } from 'vitest';
import type { EngineEvent } from '../../../src/worker/engines/engine.ts';
import { answerOf, model, question, textOf, useUpstreams } from '../../support/http-engine-bench.ts';
import { json, piece, stream, type Act } from '../../support/scripted-upstream.ts';

const { start, engineOf } = useUpstreams();

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
    'says so in a field of its own',
    stream('error: {"code":500,"message":"out of memory"}\n\n', 'data: [DONE]\n\n'),
  ],
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
  const dying = await start((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(piece('all', 'stop'), () => response.destroy());
  });
  const failing = await start(stream(piece('all', 'stop'), 'data: {"error":{"message":"engine died"}}\n\n'));
  for (const upstream of [dying, failing]) {
    const events = await answerOf(engineOf(upstream));
    expect(textOf(events)).toBe('all');
    expect(events.at(-1)).toMatchObject({ type: 'done', finishReason: 'stop' });
    expect(upstream.asked).toHaveLength(1);
  }
});

test('an error within the stream, after text, is a loss with its reason kept', async () => {
  const upstream = await start(stream(piece('half'), 'data: {"error":{"message":"engine died"}}\n\n'));
  const failure = await answerOf(engineOf(upstream)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'host-lost' });
  expect((failure as Error).cause).toMatchObject({
    message: expect.stringContaining('engine died') as string,
  });
});

test('a conversation that a server finds too long within its stream is told as that', async () => {
  const upstream = await start(
    stream('error: {"code":400,"message":"the request exceeds the available context size"}\n\n'),
  );
  await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({ code: 'context-full' });
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
