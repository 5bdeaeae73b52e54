import { expect, test, vi } from 'vitest';
import { makeProxy } from '../../../src/server/proxy.ts';
import { proxyHeaders } from '../../../src/shared/proxy-contract.ts';
import { models, startUpstream } from '../../support/scripted-upstream.ts';
import { ask, closers, openSession, port, refusal, upstream, withSession } from './proxy-bench.ts';

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
    // A reverse proxy on this machine may rename the host, and everybody behind it has its address.
    { 'x-forwarded-for': '203.0.113.7' },
    { forwarded: 'for=203.0.113.7' },
    { 'x-real-ip': '203.0.113.7' },
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
