import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureEnvironment, pythonIn } from '../../../scripts/virtual-environment.mjs';

let folder = '';
const script = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-venv-'));
  // In place of python3: says what it was asked for.
  script(join(folder, 'bin', 'python3'), `[ "$1" = -c ] || echo "$@" >> "${folder}/asked"`);
  writeFileSync(join(folder, 'asked'), '');
  vi.stubEnv('PATH', [join(folder, 'bin'), process.env['PATH']].join(delimiter));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const asked = (environment: string) => {
  ensureEnvironment(environment);
  return readFileSync(join(folder, 'asked'), 'utf8').trim();
};

test('an environment is made anew until its pip works', ({ skip }) => {
  skip(process.platform === 'win32', 'its scripts are for a POSIX shell');
  const environment = join(folder, 'venv');
  const made = `-m venv --clear ${environment}`;
  expect(asked(environment)).toBe(made);
  // What Debian leaves without python3-venv.
  script(pythonIn(environment), 'exit 1');
  expect(asked(environment)).toBe(`${made}\n${made}`);
  script(pythonIn(environment), '[ "$*" = "-m pip --version" ]');
  expect(asked(environment)).toBe(`${made}\n${made}`);
});
