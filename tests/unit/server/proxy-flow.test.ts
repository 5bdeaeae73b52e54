import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { proxyHeaders } from '../../../src/shared/proxy-contract.ts';
import { models } from '../../support/scripted-upstream.ts';
import {
  ask,
  answerTo,
  appDir,
  closers,
  openSession,
  port,
  refusal,
  send,
  startProxy,
  upstream,
  withSession,
} from './proxy-bench.ts';

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

test('the other server is told the length of a request that is known, and is sent no longer one than allowed', async () => {
  const lengths: (string | undefined)[] = [];
  upstream.act((response, _, { headers }) => {
    lengths.push(headers['content-length'] ?? headers['transfer-encoding']);
    response.end('{}');
  });
  const session = await openSession([upstream.base]);
  const path = '/proxy/chat/completions';
  for (const headers of [{ 'content-length': '15' }, { 'transfer-encoding': 'chunked' }]) {
    const all = { ...withSession(session, upstream.base), ...headers };
    expect((await ask({ path, headers: all, body: '{"messages":[]}' })).status).toBe(200);
  }
  expect(lengths).toEqual(['15', 'chunked']);
  const long = { ...withSession(session, upstream.base), 'content-length': String(9 << 20) };
  const sent = send({ path, headers: long });
  sent.on('error', () => {});
  sent.write('{');
  expect((await answerTo(sent)).statusCode).toBe(413);
  expect(lengths).toHaveLength(2);
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
  const certificate = await ownCertificate(`${appDir}/certificate`, ['127.0.0.1']);
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
