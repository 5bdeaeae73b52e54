import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { fingerprintOf, ownCertificate } from '../../../src/server/certificate.ts';
import { makeServer } from '../../../src/server/make-server.ts';
import { makeScratchApp } from './scratch-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-https-'));
const app = makeScratchApp();
afterAll(() => {
  rmSync(folder, { recursive: true });
  app.remove();
});

const now = new Date('2030-01-01T00:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60_000);

test('a certificate is kept, until it is about to end or the machine has a new address', async () => {
  const first = await ownCertificate(folder, ['192.0.2.7', '127.0.0.1', 'fe80::1'], now);
  const read = new X509Certificate(first.cert);
  expect(read.subjectAltName).toBe('DNS:localhost, IP Address:192.0.2.7');
  expect(read.ca).toBe(false);
  expect(statSync(join(folder, 'key.pem')).mode & 0o077).toBe(0);
  expect(await ownCertificate(folder, ['192.0.2.7'], later(700))).toEqual(first);
  const second = await ownCertificate(folder, ['192.0.2.7'], later(795));
  expect(fingerprintOf(second)).not.toBe(fingerprintOf(first));
  const third = await ownCertificate(folder, ['192.0.2.8'], later(795));
  expect(fingerprintOf(third)).not.toBe(fingerprintOf(second));
});

test('over HTTPS the same is served, and the addresses it names for phones are the plain ones', async () => {
  const certificate = await ownCertificate(folder, []);
  const server = makeServer({ appDir: app.appDir, host: 'localhost', ownAddresses: () => [] });
  const port = await server.listen(0);
  const securePort = await server.listenSecurely(0, certificate);
  const ask = (path: string) =>
    new Promise<Buffer>((resolve, reject) => {
      const url = `https://localhost:${securePort}${path}`;
      const sent = request(url, { ca: certificate.cert, agent: false }, (response) => {
        buffer(response).then(resolve, reject);
      });
      sent.on('error', reject).end();
    });
  expect(String(await ask('/'))).toContain('<title>Hearth</title>');
  expect(JSON.parse(String(await ask('/server.json')))).toMatchObject({
    localUrl: `http://localhost:${port}/`,
  });
  await server.close();
});
