import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './ask.ts';
import { hasIPv6Loopback } from './has-ipv6-loopback.ts';
import { makeScratchApp } from './scratch-app.ts';

const root = join(import.meta.dirname, '../../..');
// Inside the repository, because the server finds its dependencies from where it lies; it takes `home` for the clone.
const home = join(root, '.cache/test-server');
const outDir = join(home, 'dist/server');
const app = makeScratchApp();

beforeAll(() =>
  build({ configFile: join(root, 'vite.server.config.ts'), root, logLevel: 'warn', build: { outDir } }),
);
afterAll(() => app.remove());

/** No browser, whatever this machine has: `HEARTH_CHROMIUM` is the one that `--headless` starts. */
const start = (args: string[], chromium = '') =>
  spawn(process.execPath, [join(outDir, 'main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HEARTH_CHROMIUM: chromium },
  });

async function outcomeOf(...args: string[]) {
  const child = start(args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, stdout, stderr };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('--help explains every flag', async () => {
  const { code, stdout, stderr } = await outcomeOf('--help');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const flag of ['--port', '--host', '--no-open', '--help', '--version']) expect(stdout).toContain(flag);
});

test('--version is a version', async () => {
  expect(await outcomeOf('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test.each([
  ['--colour', ['--colour']],
  ['many', ['--port', 'many']],
  ['no/such/folder', ['--app', 'no/such/folder']],
  // An address that is set aside for documentation (RFC 5737), so no machine has it.
  ['192.0.2.1', ['--host', '192.0.2.1', '--app', app.appDir]],
])('a wrong %s ends with one sentence and exit code 2', async (named, args) => {
  const { code, stdout, stderr } = await outcomeOf(...args);
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
    code: 2,
    stdout: '',
    lines: 1,
  });
  expect(stderr).toContain(named);
});

test.for(['127.0.0.1', '::1'])(
  'a port in use on %s ends with one sentence and exit code 2',
  async (address, { skip }) => {
    skip(address === '::1' && !hasIPv6Loopback(), 'this machine has no IPv6 loopback address');
    const other = createServer().listen(0, address);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await outcomeOf(
      '--port',
      String(port),
      '--no-open',
      '--app',
      app.appDir,
    );
    other.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `Port ${port} is in use: Hearth may be running already. Choose another with --port.\n`,
    );
  },
);

test('--headless without a Chromium ends with one sentence and exit code 2, although it listened already', async () => {
  const { code, stdout, stderr } = await outcomeOf('--port', '0', '--headless', '--app', app.appDir);
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(stdout).toContain('Hearth is at');
  expect(stderr).toContain('HEARTH_CHROMIUM');
});

test('--https that cannot keep its certificate ends with one sentence and exit code 2', async () => {
  const cache = join(home, '.cache');
  rmSync(cache, { recursive: true, force: true });
  // A file where a folder should be holds for root, too.
  writeFileSync(cache, '');
  const flags = ['--port', '0', '--no-open', '--https', '--https-port', '0'];
  const { code, stderr } = await outcomeOf(...flags, '--app', app.appDir);
  rmSync(cache);
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(stderr).toContain(join(cache, 'https'));
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'it prints where it is, answers there, and %s ends it well',
  async (signal) => {
    const child = start(['--port', '0', '--no-open', '--app', app.appDir]);
    const exited = once(child, 'exit');
    const [line] = await once(child.stdout, 'data');
    const port = Number(/^Hearth is at http:\/\/localhost:(\d+)\/\n/.exec(String(line))?.[1]);
    expect((await ask(port, {})).status).toBe(200);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  },
);

test('a terminal that is closed takes the browser without a window with it', async () => {
  const chromium = join(home, 'sleeping-browser.sh');
  writeFileSync(chromium, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const child = start(['--port', '0', '--headless', '--app', app.appDir], chromium);
  const exited = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (bytes) => (printed += String(bytes)));
  const browser = () => Number(/\(process (\d+)\)/.exec(printed)?.[1]);
  await expect.poll(browser).toBeGreaterThan(0);
  const pid = browser();
  child.kill('SIGHUP');
  await exited;
  await expect.poll(() => isRunning(pid)).toBe(false);
});
