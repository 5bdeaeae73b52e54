import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createServer, type Server } from 'node:http';
import { makeProxy, type ProxyOptions } from '../../../src/server/proxy.ts';
import { makeServer, type HearthServer } from '../../../src/server/make-server.ts';
import { proxyHeaders } from '../../../src/shared/proxy-contract.ts';
import { models, startUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import { makeScratchApp } from './scratch-app.ts';

let app: ReturnType<typeof makeScratchApp>;
let server: HearthServer;
let port: number;
let upstream: ScriptedUpstream;
const closers: (() => Promise<unknown> | void)[] = [];

beforeEach(async () => {
  app = makeScratchApp();
  server = makeServer({ appDir: app.appDir, host: 'localhost' });
  port = await server.listen(0);
  upstream = await startUpstream(models('tiny'));
  closers.push(
    () => server.close(),
    () => upstream.close(),
    () => app.remove(),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Ask {
  path?: string;
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: string;
  at?: number;
}

/** What our own page sends, unless told otherwise. */
function send({ path = '/proxy/models', method = 'POST', headers = {}, at = port }: Ask): ClientRequest {
  const all = { host: `localhost:${at}`, origin: `http://localhost:${at}`, ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return request({
    host: '127.0.0.1',
    port: at,
    path,
    method,
    headers: given as Record<string, string>,
    agent: false,
  });
}

async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

async function ask(question: Ask) {
  const sent = send(question);
  sent.end(question.body);
  const response = await answerTo(sent);
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

async function openSession(bases: string[], at = port): Promise<string> {
  const { status, body } = await ask({ path: '/proxy/session', body: JSON.stringify({ bases }), at });
  expect(status).toBe(200);
  return (JSON.parse(body) as { session: string }).session;
}

const withSession = (session: string, base: string, key?: string) => ({
  [proxyHeaders.session]: session,
  [proxyHeaders.base]: base,
  ...(key === undefined ? {} : { [proxyHeaders.key]: key }),
});

const refusal = (type: string, code: string | null = null) => JSON.stringify({ error: { type, code } });

/** A proxy with limits that a test can reach. */
async function startProxy(options: ProxyOptions): Promise<number> {
  const proxy = makeProxy(options);
  const small: Server = createServer((incoming, response) => void proxy(incoming, response));
  small.listen(0, '127.0.0.1');
  await once(small, 'listening');
  closers.push(() => {
    small.closeAllConnections();
    small.close();
  });
  return (small.address() as AddressInfo).port;
}

test('a request goes to the base that the page registered, with the key and nothing else of the browser', async () => {
  upstream.act((response) => {
    response.writeHead(401, {
      'content-type': 'application/json',
      'set-cookie': 'a=b',
      'access-control-allow-origin': '*',
      'retry-after': '7',
      'keep-alive': 'timeout=99',
    });
    response.end('{"error":"no"}');
  });
  const session = await openSession([upstream.base]);
  const answer = await ask({
    headers: { ...withSession(session, upstream.base, 'sk-secret'), cookie: 'x=y', 'user-agent': 'Browser' },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers[proxyHeaders.status]).toBe('401');
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  expect(answer.headers['keep-alive']).not.toBe('timeout=99');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  expect(answer.body).toBe('{"error":"no"}');
  expect(upstream.asked).toHaveLength(1);
  const [{ method, path, headers }] = upstream.asked as [(typeof upstream.asked)[0]];
  expect({ method, path }).toEqual({ method: 'GET', path: '/v1/models' });
  expect(headers).toEqual({
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    authorization: 'Bearer sk-secret',
    connection: expect.stringMatching(/close|keep-alive/) as string,
    host: `127.0.0.1:${upstream.port}`,
    'user-agent': 'Hearth',
  });
});

test('only a page of this very server, on this machine, may open a session or use one', async () => {
  const session = await openSession([upstream.base]);
  const foreign: Record<string, string | undefined>[] = [
    { origin: undefined },
    { origin: 'null' },
    { origin: 'https://example.com' },
    { origin: `http://localhost:${port + 1}` },
    { origin: `https://localhost:${port}` },
    { origin: `http://127.0.0.1:${port}` },
    { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
    { host: `192.168.1.5:${port}`, origin: `http://192.168.1.5:${port}` },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    const opening = await ask({ path: '/proxy/session', body: '{"bases":[]}', headers });
    // 421: the name alone is refused before.
    expect([403, 421], JSON.stringify(headers)).toContain(opening.status);
    const using = await ask({ headers: { ...withSession(session, upstream.base), ...headers } });
    expect([403, 421], JSON.stringify(headers)).toContain(using.status);
  }
  expect(upstream.asked).toHaveLength(0);
});

test('a request from another machine is refused, whatever its headers say', async () => {
  const proxy = makeProxy();
  const response = { setHeader: vi.fn(), writeHead: vi.fn(), end: vi.fn(), req: { complete: true } };
  const headers = { host: 'localhost:18888', origin: 'http://localhost:18888' };
  for (const remoteAddress of ['192.168.1.7', '::ffff:10.0.0.2', 'fe80::1', '', '127.0.0.1.evil']) {
    const incoming = { url: '/proxy/session', method: 'POST', headers, socket: { remoteAddress } };
    expect(proxy(incoming as never, response as never)).toBe(true);
    expect(response.writeHead).toHaveBeenLastCalledWith(403, expect.anything());
  }
});

test('a page of another site cannot get past the browser: no CORS for its preflight, no GET', async () => {
  const preflight = await ask({ method: 'OPTIONS', path: '/proxy/session' });
  expect(preflight.status).toBe(405);
  expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  expect((await ask({ method: 'GET', path: '/proxy/session' })).status).toBe(405);
});

test('without its secret, or with one of an earlier start, nothing is passed on', async () => {
  const session = await openSession([upstream.base]);
  for (const wrong of ['', 'a'.repeat(43), session.slice(1), `${session}x`]) {
    const answer = await ask({ headers: withSession(wrong, upstream.base) });
    expect([answer.status, answer.body]).toEqual([401, refusal('no-session')]);
  }
  const without = await ask({ headers: { [proxyHeaders.base]: upstream.base } });
  expect(without.status).toBe(401);
  expect(upstream.asked).toHaveLength(0);
});

test('only what was registered is reached: another port, path, name or spelling is not', async () => {
  const { base } = upstream;
  const session = await openSession([base]);
  const others = [
    base.replace(String(upstream.port), String(port)),
    base.replace('127.0.0.1', 'localhost'),
    base.replace('/v1/', '/'),
    `${base}../`,
    `${base}../admin/`,
    base.slice(0, -1),
    base.toUpperCase(),
    `${base}?x`,
    'http://169.254.169.254/v1/',
    'file:///etc/passwd',
    '',
  ];
  for (const other of others) {
    const answer = await ask({ headers: withSession(session, other) });
    expect([answer.status, answer.body], other).toEqual([403, refusal('forbidden')]);
  }
  for (const path of [
    '/proxy/',
    '/proxy/models/../x',
    '/proxy/models?x',
    '/proxy/embeddings',
    '/proxy//models',
  ])
    expect((await ask({ path, headers: withSession(session, base) })).status, path).toBe(404);
  expect(upstream.asked).toHaveLength(0);
});

test('what is no plain http or https base is not registered', async () => {
  const wrong = [
    'ftp://a/v1/',
    'file:///etc/',
    'http://user:secret@a/v1/',
    'http://a/v1',
    'http://a/v1/?q',
    'http://a/v1/#h',
    'http://a/v1%2f../',
    'http://a/%2e%2e/',
    'javascript:alert(1)/',
    `http://a/${'x'.repeat(400)}/`,
  ];
  for (const base of wrong) {
    const { status } = await ask({ path: '/proxy/session', body: JSON.stringify({ bases: [base] }) });
    expect(status, base).toBe(400);
  }
  for (const body of [
    '',
    '{',
    '{"bases":7}',
    'null',
    JSON.stringify({ bases: Array(33).fill('http://a/v1/') }),
  ])
    expect((await ask({ path: '/proxy/session', body })).status, body).toBe(400);
  const long = await ask({ path: '/proxy/session', body: 'x'.repeat(100_000) });
  expect([long.status, long.body]).toEqual([413, refusal('too-large')]);
});

test('link-local addresses, where clouds keep secrets, are never reached, by number or by name', async () => {
  for (const base of [
    'http://169.254.169.254/v1/',
    'http://[fe80::1]/v1/',
    'http://[::ffff:a9fe:a9fe]/v1/',
  ]) {
    const session = await openSession([base]);
    const answer = await ask({ headers: withSession(session, base) });
    expect([answer.status, answer.body], base).toEqual([502, refusal('unreachable', 'LINK_LOCAL')]);
  }
});

test('a redirect is handed back as what it is, and not followed', async () => {
  const inside = await startUpstream(models('secret'));
  closers.push(() => inside.close());
  upstream.act((response) => {
    response.writeHead(307, { location: `${inside.base}models` });
    response.end();
  });
  const session = await openSession([upstream.base]);
  const answer = await ask({ headers: withSession(session, upstream.base) });
  expect(answer.status).toBe(200);
  expect(answer.headers[proxyHeaders.status]).toBe('307');
  expect(answer.headers.location).toBeUndefined();
  expect(inside.asked).toHaveLength(0);
});

test('a stream arrives piece by piece, and whoever hangs up ends it at the other server too', async () => {
  let ended = false;
  upstream.act((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n');
    response.once('close', () => (ended = true));
  });
  const session = await openSession([upstream.base]);
  const sent = send({ path: '/proxy/chat/completions', headers: withSession(session, upstream.base) });
  sent.end('{"messages":[]}');
  const response = await answerTo(sent);
  const [first] = (await once(response, 'data')) as [Buffer];
  expect(String(first)).toBe('data: one\n\n');
  expect(upstream.asked[0]).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    body: '{"messages":[]}',
  });
  expect(ended).toBe(false);
  response.on('error', () => {});
  sent.on('error', () => {});
  sent.destroy();
  await vi.waitFor(() => expect(ended).toBe(true));
  await vi.waitFor(async () => expect(await upstream.connections()).toBe(0));
});

test('an answer that breaks off does not look whole', async () => {
  upstream.act((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n', () => response.destroy());
  });
  const session = await openSession([upstream.base]);
  const sent = send({ path: '/proxy/chat/completions', headers: withSession(session, upstream.base) });
  sent.end('{}');
  await expect(text(await answerTo(sent))).rejects.toThrow('aborted');
});

test('a reader who is slow slows the other server down, and nothing is gathered in between', async () => {
  const piece = Buffer.alloc(64 << 10, 'x');
  let written = 0;
  let isPaused = false;
  upstream.act((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = (): void => {
      while (written < 48 << 20) {
        written += piece.length;
        isPaused = !response.write(piece);
        if (isPaused) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  });
  const session = await openSession([upstream.base]);
  const sent = send({ path: '/proxy/chat/completions', headers: withSession(session, upstream.base) });
  sent.end('{}');
  const response = await answerTo(sent);
  // Nobody reads: the other server stands still once the sockets between are full.
  let before = -1;
  await vi.waitFor(
    () => {
      const isStill = isPaused && written === before;
      before = written;
      expect(isStill).toBe(true);
    },
    { interval: 300, timeout: 20_000 },
  );
  expect(written).toBeLessThan(32 << 20);
  let size = 0;
  for await (const each of response as AsyncIterable<Buffer>) size += each.length;
  expect(size).toBe(written);
});

test('size limits: a request that is too long is refused, an answer that is too long breaks off', async () => {
  const at = await startProxy({ limits: { requestBytes: 1000, responseBytes: 1000 } });
  const session = await openSession([upstream.base], at);
  const path = '/proxy/chat/completions';
  const headers = withSession(session, upstream.base);
  const long = await ask({ path, headers, body: 'x'.repeat(1001), at });
  expect([long.status, long.body]).toEqual([413, refusal('too-large')]);
  upstream.act((response) => {
    response.end('x'.repeat(1001));
  });
  await expect(ask({ path, headers, body: '{}', at })).rejects.toThrow('aborted');
  upstream.act((response) => {
    response.end('x'.repeat(1000));
  });
  expect((await ask({ path, headers, body: '{}', at })).body).toHaveLength(1000);
});

test('no more than so many at once, and a place is free again when one ends', async () => {
  const at = await startProxy({ limits: { atOnce: 1 } });
  const held: { end(): void }[] = [];
  upstream.act((response) => {
    held.push(response);
  });
  const session = await openSession([upstream.base], at);
  const headers = withSession(session, upstream.base);
  const first = ask({ headers, at });
  await vi.waitFor(() => expect(held).toHaveLength(1));
  const second = await ask({ headers, at });
  expect([second.status, second.body]).toEqual([429, refusal('too-many')]);
  held[0]?.end();
  await first;
  upstream.act(models('tiny'));
  await vi.waitFor(async () => expect((await ask({ headers, at })).status).toBe(200));
});

test('says in Node’s words why a server cannot be reached', async () => {
  const free = createSocketServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port: closed } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const { ownCertificate } = await import('../../../src/server/certificate.ts');
  const certificate = await ownCertificate(`${app.appDir}/certificate`, ['127.0.0.1']);
  const secure = createTlsServer(certificate, (_, response) => void response.end());
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  closers.push(() => void secure.close());
  const hangUp = createSocketServer((socket) => socket.destroy());
  const noHttp = createSocketServer((socket) => socket.end('SSH-2.0-hello\r\n'));
  for (const each of [hangUp, noHttp]) {
    each.listen(0, '127.0.0.1');
    await once(each, 'listening');
    closers.push(() => void each.close());
  }
  const portOf = (each: { address(): unknown }): number => (each.address() as AddressInfo).port;
  const cases: [base: string, code: RegExp][] = [
    [`http://127.0.0.1:${closed}/v1/`, /^ECONNREFUSED$/],
    ['http://no-such-host.invalid/v1/', /^(ENOTFOUND|EAI_AGAIN)$/],
    [
      `https://127.0.0.1:${portOf(secure)}/v1/`,
      /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    ],
    [`https://127.0.0.1:${upstream.port}/v1/`, /^(EPROTO|ERR_SSL_\w+)$/],
    [`http://127.0.0.1:${portOf(hangUp)}/v1/`, /^ECONNRESET$/],
    [`http://127.0.0.1:${portOf(noHttp)}/v1/`, /^HPE_\w+$/],
  ];
  const session = await openSession(cases.map(([base]) => base));
  for (const [base, code] of cases) {
    const answer = await ask({ headers: withSession(session, base) });
    expect(answer.status, base).toBe(502);
    const { error } = JSON.parse(answer.body) as { error: { type: string; code: string } };
    expect(error.type).toBe('unreachable');
    expect(error.code, base).toMatch(code);
  }
});

test('a server that takes a connection and then says nothing is given up', async () => {
  const at = await startProxy({ limits: { silenceMs: 50 } });
  upstream.act(() => {});
  const session = await openSession([upstream.base], at);
  const answer = await ask({ headers: withSession(session, upstream.base), at });
  expect([answer.status, answer.body]).toEqual([504, refusal('timeout')]);
  // Within TLS it is the same: connected, and then nothing.
  const silent = createSocketServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  closers.push(() => void silent.close());
  const impatient = await startProxy({ limits: { connectMs: 50 } });
  const base = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/v1/`;
  const other = await openSession([base], impatient);
  const given = await ask({ headers: withSession(other, base), at: impatient });
  expect([given.status, given.body]).toEqual([504, refusal('timeout')]);
});

test('a key that no header can hold is refused and not sent', async () => {
  const session = await openSession([upstream.base]);
  const answer = await ask({ headers: withSession(session, upstream.base, 'schl\u00fcssel') });
  // Latin-1 is a header's alphabet; what is beyond cannot even reach the proxy.
  expect([200, 400]).toContain(answer.status);
  const split = connect(port, '127.0.0.1');
  split.write(
    `POST /proxy/models HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n` +
      `${proxyHeaders.session}: ${session}\r\n${proxyHeaders.base}: ${upstream.base}\r\n` +
      `${proxyHeaders.key}: a\u0001b\r\nContent-Length: 0\r\n\r\n`,
  );
  const [head] = (await once(split, 'data')) as [Buffer];
  split.destroy();
  expect(String(head)).toContain('HTTP/1.1 400');
});

test('while a request body comes slowly others are served, and one that hangs up takes its request along', async () => {
  const session = await openSession([upstream.base]);
  const headers = { ...withSession(session, upstream.base), 'transfer-encoding': 'chunked' };
  const slow = send({ path: '/proxy/chat/completions', headers });
  slow.on('error', () => {});
  slow.write('{"messages":');
  await vi.waitFor(async () => expect(await upstream.connections()).toBe(1));
  expect((await ask({ headers: withSession(session, upstream.base) })).status).toBe(200);
  slow.destroy();
  await vi.waitFor(async () => expect(await upstream.connections()).toBe(0));
});
