import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDoorHouse, type DoorHouse } from '../../../support/door-house.ts';
import { ManualEngine } from '../../../support/manual-engine.ts';
import { expectShape } from '../../../support/openai-shape.ts';
import { ask } from '../ask.ts';

let house: DoorHouse;
let locked: DoorHouse;
const key = 'sk-door-test-1';

beforeAll(async () => {
  const open = (door = {}): Promise<DoorHouse> => {
    const engine = new ManualEngine();
    engine.standardAnswer = 'Hello.';
    return openDoorHouse({ engine, door });
  };
  house = await open();
  locked = await open({ apiKeys: [key, 'sk-door-test-2'], allowedOrigins: ['https://friend.example'] });
});
afterAll(async () => {
  await house.close();
  await locked.close();
});

/** Whatever was tried, the next honest request is answered. */
async function stillServes(at = house): Promise<void> {
  expect((await at.post({})).status).toBe(200);
}

/** Sends bytes as they are; resolves with what came back until the server hung up. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(house.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  return text(socket);
}

async function errorOf(response: Response) {
  const body = (await response.json()) as {
    error: { message: string; param: string | null; code: string | null };
  };
  expectShape('ErrorResponse', body);
  return body.error;
}

describe('bad input is named', () => {
  const user = { role: 'user', content: 'Hi' };
  test.each([
    [{ model: 5 }, 'model'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: [{ role: 'king', content: 'Hi' }] }, 'messages[0].role'],
    [{ messages: [user, { role: 'user' }] }, 'messages[1].content'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }] },
      'messages[0].content',
    ],
    [{ messages: [{ role: 'assistant', content: 'Hi' }] }, 'messages'],
    [{ temperature: 3 }, 'temperature'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ top_p: -1 }, 'top_p'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ n: 100 }, 'n'],
    [{ stop: [1] }, 'stop'],
    [{ seed: 0.5 }, 'seed'],
    [{ logit_bias: { cat: 1 } }, 'logit_bias.cat'],
    [{ logit_bias: { '1': 1000 } }, 'logit_bias[1]'],
    [{ top_logprobs: 5 }, 'top_logprobs'],
    [{ response_format: { type: 'xml' } }, 'response_format.type'],
    [{ condition: 'Physics Correct' }, 'condition'],
    [{ seed: 2 ** 64 }, 'seed'],
    [{ tools: [{ type: 'function' }] }, 'tools'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ verbosity: 'low' }, 'verbosity'],
    [{ web_search_options: {} }, 'web_search_options'],
    [{ chat_template_kwargs: { enable_thinking: false } }, 'chat_template_kwargs'],
    [{ top_k: 40 }, 'top_k'],
    [{ min_p: 0.1 }, 'min_p'],
    [{ repetition_penalty: 1.1 }, 'repetition_penalty'],
    [{ stop_token_ids: [2] }, 'stop_token_ids'],
    [{ guided_choice: ['yes', 'no'] }, 'guided_choice'],
    [{ stream: 'yes' }, 'stream'],
  ])('%j: %s', async (body, param) => {
    const response = await house.post(body);
    const error = await errorOf(response);
    expect({ status: response.status, param: error.param }).toEqual({ status: 400, param });
    expect(error.message).toContain(param.split(/[[.]/)[0]);
  });

  test('a text to stop at that is longer than the core reads: stop', async () => {
    const response = await house.post({ stop: ['ok', 'x'.repeat(501)] });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      param: 'stop[1]',
      message: 'stop[1]: A text to stop at has at most 500 characters.',
    });
  });

  test.each([0, 1])('a completion with echo and logprobs %s: logprobs', async (logprobs) => {
    const response = await house.post({ echo: true, logprobs }, { path: '/v1/completions' });
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'logprobs']);
  });

  test.each([
    [{ condition: 'Math Correct' }, 'condition'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ max_completion_tokens: 5 }, 'max_completion_tokens'],
    [{ top_k: 40 }, 'top_k'],
    [{ prompt: Array.from({ length: 16 }, () => 'Once'), n: 16 }, 'n'],
  ])('a completion with %j: %s', async (body, param) => {
    const response = await house.post(body, { path: '/v1/completions' });
    const error = await errorOf(response);
    expect({ status: response.status, param: error.param }).toEqual({ status: 400, param });
    expect(error.message).toContain(param);
  });

  test('another model is not here', async () => {
    const response = await house.post({ model: 'gpt-4' });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ param: 'model', code: 'model_not_found' });
    expect((await fetch(`${house.url}/v1/models/gpt-4`)).status).toBe(404);
  });

  test.each([
    ['/v1/embeddings', 'POST', 404],
    ['/v1', 'GET', 404],
    ['/v1/chat/completions', 'GET', 405],
    ['/v1/models', 'DELETE', 405],
  ])('%s by %s: %s', async (path, method, status) => {
    const response = await fetch(house.url + path, { method });
    expect(response.status).toBe(status);
    await errorOf(response);
  });
});

describe('hostile bodies', () => {
  const send = (body: BodyInit, type = 'application/json') =>
    fetch(`${house.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': type }, body });

  test.each([
    ['no JSON', '{"model":', 400],
    ['no object', '5', 400],
    ['10,000 levels deep', `{"model":"x","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400],
    ['bad UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a name of the prototype', '{"__proto__":{"model":"scripted"},"constructor":1}', 400],
  ])('%s', async (_, body, status) => {
    const response = await send(body);
    expect(response.status).toBe(status);
    await errorOf(response);
    await stillServes();
  });

  test('10 MB', async () => {
    // The server may hang up before all of it is sent.
    const body = JSON.stringify({
      model: 'scripted',
      messages: [{ role: 'user', content: 'x'.repeat(10_000_000) }],
    });
    const status = await send(body).then(
      (response) => response.status,
      () => 413,
    );
    expect(status).toBe(413);
    await stillServes();
  });

  test('another type than JSON', async () => {
    const response = await send('{}', 'text/plain');
    expect(response.status).toBe(415);
    await errorOf(response);
  });
});

describe('hostile connections', () => {
  test('a flood of headers', async () => {
    const headers = Array.from({ length: 5_000 }, (_, index) => `x-${index}: ${'y'.repeat(50)}`).join('\r\n');
    expect(await raw(`GET /v1/models HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
    await stillServes();
  });

  test('fifty clients that never end their requests keep nobody out', async () => {
    const sockets = Array.from({ length: 50 }, () => connect(house.port, '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write(
        'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{"mod',
      );
    }
    await stillServes();
    for (const socket of sockets) socket.destroy();
  });

  test.each([
    '/v1/../../etc/passwd',
    '/v1/models/..%2f..%2f..%2fetc%2fpasswd',
    '/v1/%00',
    '/v1/models/%zz',
    '/..%2f..%2foutside.txt',
    '/%2e%2e/outside.txt',
  ])('%s leads nowhere', async (path) => {
    const { status, body } = await ask(house.port, { path, headers: { host: `localhost:${house.port}` } });
    expect([400, 404]).toContain(status);
    expect(String(body)).not.toMatch(/root:|not for the browser/);
  });
});

describe('who may ask', () => {
  const get = (headers: Record<string, string>, at = house) =>
    ask(at.port, { path: '/v1/models', headers: { host: `localhost:${at.port}`, ...headers } });

  test.each([
    ['a native program', {}, 200],
    ['the app’s own page', { origin: 'OWN' }, 200],
    ['a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page of another port', { origin: 'http://localhost:1' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['an image or form of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['an address typed by hand', { 'sec-fetch-site': 'none' }, 200],
    ['a page that was rebound to this address', { host: 'evil.example' }, 421],
    ['somebody behind a proxy', { 'x-forwarded-for': '203.0.113.7' }, 401],
    ['behind one that tells the scheme only', { 'x-forwarded-proto': 'https' }, 401],
    ['behind one that tells the address in its own way', { 'x-real-ip': '203.0.113.7' }, 401],
    ['behind one that names itself', { via: '1.1 proxy' }, 401],
  ])('without keys: %s', async (_, headers: Record<string, string>, status) => {
    const own = headers['origin'] === 'OWN' ? { origin: house.url } : {};
    expect((await get({ ...headers, ...own })).status).toBe(status);
  });

  test('without keys: somebody behind nginx as it comes, which tells nothing and speaks HTTP/1.0', async () => {
    const question = (version: string) =>
      raw(`GET /v1/models HTTP/${version}\r\nhost: 127.0.0.1:${house.port}\r\nconnection: close\r\n\r\n`);
    expect(await question('1.0')).toMatch(/^HTTP\/1.1 401/);
    expect(await question('1.1')).toMatch(/^HTTP\/1.1 200/);
  });

  test.each([
    ['no key', {}, 401],
    ['a wrong one', { authorization: 'Bearer sk-door-test-3' }, 401],
    ['the beginning of one', { authorization: `Bearer ${key.slice(0, -1)}` }, 401],
    ['one by another scheme', { authorization: `Basic ${key}` }, 401],
    ['the first', { authorization: `Bearer ${key}` }, 200],
    ['the second', { authorization: 'bearer sk-door-test-2' }, 200],
    [
      'a key, by a name that only the asker knows',
      { authorization: `Bearer ${key}`, host: 'pc.local:18888' },
      200,
    ],
    ['no key, from a page that was rebound', { host: 'evil.example', origin: 'http://evil.example' }, 401],
    ['a key, from a foreign page', { authorization: `Bearer ${key}`, origin: 'https://evil.example' }, 403],
    [
      'a key, from a page that was allowed',
      { authorization: `Bearer ${key}`, origin: 'https://friend.example' },
      200,
    ],
  ])('with keys: %s', async (_, headers, status) => {
    const answer = await get(headers, locked);
    expect(answer.status).toBe(status);
    if (status !== 200) expectShape('ErrorResponse', JSON.parse(String(answer.body)));
  });

  test('1,000 wrong keys let nobody in, and keep nobody out', async () => {
    const tries = Array.from({ length: 1_000 }, (_, index) =>
      get({ authorization: `Bearer sk-guess-${index}` }, locked),
    );
    expect(new Set((await Promise.all(tries)).map(({ status }) => status))).toEqual(new Set([401]));
    await stillServes(locked);
  });

  test('who needs a key and who calls the server by another name is told what to start it with', async () => {
    for (const headers of [{ forwarded: 'for=192.0.2.1' }, { host: 'host.docker.internal:18888' }]) {
      const answer = await get(headers);
      const body: unknown = JSON.parse(String(answer.body));
      expectShape('ErrorResponse', body);
      expect(body).toMatchObject({ error: { message: expect.stringContaining('--api-keys') as string } });
    }
  });

  test('a page that was allowed is told so before it asks, another is not', async () => {
    const preflight = (origin: string) =>
      ask(locked.port, {
        path: '/v1/chat/completions',
        method: 'OPTIONS',
        headers: {
          host: `localhost:${locked.port}`,
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    expect((await preflight('https://friend.example')).headers['access-control-allow-origin']).toBe(
      'https://friend.example',
    );
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  });

  test.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['that is no page', {}],
    ['behind a reverse proxy', { origin: 'OWN', 'x-forwarded-for': '203.0.113.7' }],
    ['behind another one', { origin: 'OWN', forwarded: 'for=203.0.113.7' }],
    ['behind one that tells little', { origin: 'OWN', 'x-forwarded-host': 'hearth.example' }],
  ])('an engine %s is not taken: it would read what others ask', async (_, more: Record<string, string>) => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const origin = more['origin'] === 'OWN' ? { origin: house.url } : {};
    const headers = { host: `localhost:${house.port}`, ...upgrade, ...more, ...origin };
    const taken = ask(house.port, { path: '/door/engine', headers });
    expect(await taken.then(({ status }) => status)).toBe(403);
  });
});
