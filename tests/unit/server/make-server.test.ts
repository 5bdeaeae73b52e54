import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeServer } from '../../../src/server/make-server.ts';
import { serveApp } from '../../../src/server/serve-app.ts';
import { ask } from './ask.ts';
import { hasIPv6Loopback } from './has-ipv6-loopback.ts';
import { compressedScript, makeScratchApp, script } from './scratch-app.ts';

const app = makeScratchApp();
const server = makeServer({ appDir: app.appDir, host: 'localhost' });
let port = 0;

beforeAll(async () => {
  port = await server.listen(0);
});
afterAll(async () => {
  await server.close();
  app.remove();
});

const hashed = '/assets/main-DiwrgTda.js';
const weightsPath = '/models/pocket/resolve/9/weights.bin';

describe('files', () => {
  test.each([
    ['/', 'text/html;charset=utf-8'],
    ['/?from=icon', 'text/html;charset=utf-8'],
    [hashed, 'text/javascript'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/models/pocket/resolve/9/lib.wasm', 'application/wasm'],
    [weightsPath, 'application/octet-stream'],
  ])('%s is %s', async (path, type) => {
    const { status, headers } = await ask(port, { path });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type });
  });

  test.each([
    [hashed, 'public, max-age=31536000, immutable'],
    [weightsPath, 'public, max-age=31536000, immutable'],
    ['/', 'no-cache'],
    ['/index.html', 'no-cache'],
    ['/assets/plain.js', 'no-cache'],
    ['/models/pocket/SHA256SUMS', 'no-cache'],
  ])('%s may be kept: %s', async (path, cacheControl) => {
    const { headers } = await ask(port, { path });
    expect(headers['cache-control']).toBe(cacheControl);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const { status, headers, body } = await ask(port, { path: hashed, method: 'HEAD' });
    expect({ status, length: headers['content-length'], body: body.length }).toEqual({
      status: 200,
      length: String(script.length),
      body: 0,
    });
  });

  test('a browser that has the file gets 304', async () => {
    const { headers } = await ask(port, { path: hashed });
    const again = await ask(port, { path: hashed, headers: { 'if-none-match': headers.etag ?? '' } });
    expect({ status: again.status, body: again.body.length }).toEqual({ status: 304, body: 0 });
  });

  test('the compressed copy is sent to those who take it', async () => {
    const packed = await ask(port, { path: hashed, headers: { 'accept-encoding': 'gzip, br' } });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'text/javascript',
      vary: 'Accept-Encoding',
    });
    expect(packed.body.toString()).toBe(compressedScript);
    const plain = await ask(port, { path: hashed });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.toString()).toBe(script);
  });

  test('the IPv6 loopback address answers as well', async ({ skip }) => {
    skip(!hasIPv6Loopback(), 'this machine has no IPv6 loopback address');
    expect((await ask(port, { address: '::1' })).status).toBe(200);
  });

  test('a file is closed when its reader goes away in the middle', async () => {
    const files: Readable[] = [];
    const serve = serveApp(app.appDir);
    const plain = createServer((request, response) => {
      response.once('pipe', (file: Readable) => files.push(file));
      serve(request, response);
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port: plainPort } = plain.address() as AddressInfo;
    const reading = get({ host: '127.0.0.1', port: plainPort, path: weightsPath });
    const [response] = (await once(reading, 'response')) as [IncomingMessage];
    await once(response, 'data');
    reading.destroy();
    await expect.poll(() => files.map((file) => file.destroyed)).toEqual([true]);
    plain.close();
  });
});

describe('ranges', () => {
  const range = (value: string, more = {}) => ask(port, { path: hashed, headers: { range: value, ...more } });

  test('a part in the middle', async () => {
    const { status, headers, body } = await range('bytes=3-11');
    expect({ status, length: headers['content-length'], range: headers['content-range'] }).toEqual({
      status: 206,
      length: '9',
      range: `bytes 3-11/${script.length}`,
    });
    expect(body.toString()).toBe(script.slice(3, 12));
  });

  test('the rest, as a download that goes on asks for it', async () => {
    const { status, body } = await range('bytes=12-');
    expect({ status, body: body.toString() }).toEqual({ status: 206, body: script.slice(12) });
  });

  test('a part of a file with a compressed copy is of the file itself', async () => {
    const { status, headers, body } = await range('bytes=0-6', { 'accept-encoding': 'gzip' });
    expect({ status, encoding: headers['content-encoding'], body: body.toString() }).toEqual({
      status: 206,
      encoding: undefined,
      body: script.slice(0, 7),
    });
  });

  test('beyond the end is 416 and says how long the file is', async () => {
    const { status, headers } = await range(`bytes=${script.length}-`);
    expect({ status, range: headers['content-range'] }).toEqual({
      status: 416,
      range: `bytes */${script.length}`,
    });
  });

  test.each(['bytes=9-3', 'bytes=-5', 'bytes=0-0', 'bytes=0-1,4-5', 'bytes=a-b', 'lines=1-2'])(
    '%s is answered with the whole file',
    async (value) => {
      const { status, body } = await range(value);
      expect({ status, body: body.toString() }).toEqual({ status: 200, body: script });
    },
  );

  test('a part on condition of an unchanged file is answered with the whole file', async () => {
    expect((await range('bytes=3-11', { 'if-range': 'W/"old"' })).status).toBe(200);
  });
});

describe('refusals', () => {
  test.each(['/nothing', '/c/019a', '/assets/', '/index', '/%E0%A4%A', '/a%00b', '/.secret'])(
    '%s is an unknown address, and not the app',
    async (path) => {
      const { status, headers, body } = await ask(port, { path });
      expect({ status, type: headers['content-type'] }).toEqual({
        status: 404,
        type: 'text/html; charset=utf-8',
      });
      expect(body.toString()).toContain('nothing at this address');
    },
  );

  test.each([
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/..%5coutside.txt',
    '//../outside.txt',
  ])('%s does not leave the app', async (path) => {
    const { status, body } = await ask(port, { path });
    expect(status).toBe(404);
    expect(body.toString()).not.toContain('not for the browser');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
    const { status, headers } = await ask(port, { method });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  test('a name that is not ours is refused, whatever is asked for', async () => {
    for (const path of ['/', hashed, '/nothing', '/v1/models']) {
      const { status, body } = await ask(port, { path, headers: { host: `evil.example:${port}` } });
      expect(status).toBe(421);
      expect(body.toString()).toContain('does not go by that name');
    }
  });
});

describe('security headers', () => {
  test.each([
    ['a page', {}, 200],
    ['a script', { path: hashed }, 200],
    ['an unknown address', { path: '/nothing' }, 404],
    ['a refused method', { method: 'POST' }, 405],
    ['a refused name', { headers: { host: 'evil.example' } }, 421],
    ['a range beyond the end', { path: hashed, headers: { range: 'bytes=999-' } }, 416],
  ])('%s has them', async (_what, question, status) => {
    const answer = await ask(port, question);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['permissions-policy']).toContain('camera=()');
    const policy = String(answer.headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
  });
});

test('on one address of the network it is there for this machine, too', async ({ skip }) => {
  skip(process.platform !== 'linux', 'other systems have no second address that is always there');
  const chosen = makeServer({ appDir: app.appDir, host: '127.0.0.2' });
  const taken = await chosen.listen(0);
  for (const address of ['127.0.0.2', '127.0.0.1']) {
    const { status, body } = await ask(taken, {
      address,
      path: '/server.json',
      headers: { host: `${address}:${taken}` },
    });
    expect(status).toBe(200);
    expect(JSON.parse(String(body))).toMatchObject({
      localUrl: `http://localhost:${taken}/`,
      addresses: [`http://127.0.0.2:${taken}/`],
    });
  }
  await chosen.close();
});
