import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeServer } from '../../../src/server/make-server.ts';
import { readServedModels } from '../../../src/worker/models/served-models.ts';
import { ask } from './ask.ts';
import { makeScratchApp } from './scratch-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-models-'));
const files = {
  'models/today/mlc-chat-config.json': '{}',
  'models/today/params_shard_0.bin': '0123456789',
  'models/of 2023/params/ndarray-cache.json': '{}',
  'models/notes/readme.txt': 'no model',
  'models/notes/index.html': '<script src="page.js"></script>',
  'models/notes/page.js': 'steal()',
  'models/.hidden/mlc-chat-config.json': '{}',
  'models/pocket/mlc-chat-config.json': 'not the app’s',
  'secret.txt': 'not for the browser',
};
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}
symlinkSync('../../secret.txt', join(folder, 'models/today/params_shard_1.bin'));
symlinkSync('..', join(folder, 'models/today/up'));
symlinkSync('params_shard_0.bin', join(folder, 'models/today/params_shard_2.bin'));
// What a server may make of a folder, and of a slash that is part of a name.
mkdirSync(join(folder, 'models/notes/sub'));
symlinkSync('../../../secret.txt', join(folder, 'models/notes/sub/index'));
mkdirSync(join(folder, 'models/notes/a'));
writeFileSync(join(folder, 'models/notes/a/b'), 'harmless');
symlinkSync('../../secret.txt', join(folder, 'models/notes/a%2Fb'));
symlinkSync('today', join(folder, 'models/linked'));
const app = makeScratchApp();
const server = makeServer({ appDir: app.appDir, host: 'localhost', modelsDir: join(folder, 'models') });
let port = 0;

beforeAll(async () => {
  port = await server.listen(0);
});
afterAll(async () => {
  await server.close();
  app.remove();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers = {}) =>
  ask(port, { path, headers: { host: `localhost:${port}`, ...headers } });

test('folders of models are listed, by the address under which the app adds them', async () => {
  const base = `http://localhost:${port}/`;
  expect(await readServedModels(new URL(base), fetch)).toEqual([
    {
      name: 'linked',
      url: `${base}models/linked/`,
      files: ['mlc-chat-config.json', 'params_shard_0.bin', 'params_shard_2.bin'],
    },
    { name: 'of 2023', url: `${base}models/of%202023/`, files: ['params/ndarray-cache.json'] },
    { name: 'pocket', url: `${base}models/pocket/`, files: ['mlc-chat-config.json'] },
    {
      name: 'today',
      url: `${base}models/today/`,
      files: expect.arrayContaining(['mlc-chat-config.json', 'params_shard_0.bin']) as string[],
    },
  ]);
});

test('their files are served, parts of them too, and asked for again when they may have changed', async () => {
  const whole = await get('/models/today/params_shard_0.bin');
  expect([whole.status, String(whole.body), whole.headers['cache-control']]).toEqual([
    200,
    '0123456789',
    'no-cache',
  ]);
  const part = await get('/models/today/params_shard_0.bin', { range: 'bytes=4-6' });
  expect([part.status, String(part.body)]).toEqual([206, '456']);
});

test.each([
  '/models/../secret.txt',
  '/models/%2e%2e/secret.txt',
  '/models/..%2fsecret.txt',
  '/models/today/..%2f..%2f..%2fsecret.txt',
  '/models/.hidden/mlc-chat-config.json',
  '/models/today/params_shard_1.bin',
  '/models/today/up/notes/readme.txt',
  '/models/linked/params_shard_1.bin',
  '/models/notes/sub',
  '/models/notes/sub/',
  '/models/notes/a%2Fb',
  '/models/%E0%A4%A',
  '/secret.txt',
  '/today/mlc-chat-config.json',
])('%s leads nowhere', async (path) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(String(body)).not.toContain('not for the browser');
});

test.each(['index.html', 'page.js'])(
  '%s of a folder is neither a page nor a script of the app',
  async (name) => {
    const { headers } = await get(`/models/notes/${name}`);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  },
);

test('a folder may be a link that a person made, and a file one within its folder', async () => {
  expect((await get('/models/linked/params_shard_0.bin')).status).toBe(200);
  expect((await get('/models/linked/params_shard_2.bin')).status).toBe(200);
  expect((await get('/models/today/mlc-chat-config.json')).headers['content-type']).toBe('application/json');
});

test('the app’s own models come first', async () => {
  expect((await get('/models/pocket/SHA256SUMS')).status).toBe(200);
});

test.each([
  ['a plain web server', () => new Response('Not found', { status: 404 })],
  ['one that answers everything with a page', () => new Response('<!doctype html>')],
  ['one that lies', () => Response.json({ type: 'hearth-models', models: [{ name: '..', files: [] }] })],
  [
    'one whose files lie elsewhere',
    () => Response.json({ type: 'hearth-models', models: [{ name: 'a', files: ['../x'] }] }),
  ],
  ['none at all', () => Promise.reject(new TypeError('offline'))],
])('%s has none', async (_, answer) => {
  expect(await readServedModels(new URL('http://localhost/'), async () => answer())).toEqual([]);
});
