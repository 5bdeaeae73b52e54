import { expect, test } from 'vitest';
import { isInstalled } from '../../../scripts/install.mjs';
import { nodeProblem } from '../../../scripts/node-version.mjs';

const solid = { version: '1.9.19', integrity: 'sha512-a' };
const forMac = { version: '1.0.0', integrity: 'sha512-b', optional: true };
const wanted = { '': {}, 'node_modules/solid-js': solid, 'node_modules/for-mac': forMac };

const linux = { os: 'linux', cpu: 'x64', libc: 'glibc' };

test('what is installed as locked is not installed again', () => {
  expect(isInstalled(wanted, { 'node_modules/solid-js': solid, 'node_modules/for-mac': forMac }, linux)).toBe(
    true,
  );
});

test('an optional package may be missing', () => {
  expect(isInstalled(wanted, { 'node_modules/solid-js': solid }, linux)).toBe(true);
});

test.each([
  [{ os: ['darwin'], cpu: ['x64'] }, true],
  [{ os: ['linux'], cpu: ['arm64'] }, true],
  [{ os: ['linux'], cpu: ['x64'], libc: ['musl'] }, true],
  [{ os: ['!linux'] }, true],
  [{ os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, false],
  [{ os: ['!win32'] }, false],
  [{ cpu: ['x64'] }, false],
])('one for %j may be missing on Linux: %s', (system, mayBeMissing) => {
  const binary = { '': {}, 'node_modules/binary': { ...forMac, ...system } };
  expect(isInstalled(binary, {}, linux)).toBe(mayBeMissing);
  expect(isInstalled(binary, {}, null)).toBe(true);
});

test('an optional package for this system may be one that the lockfile does not name', () => {
  const installed = { 'node_modules/solid-js': solid, 'node_modules/for-linux': forMac };
  expect(isInstalled(wanted, installed, linux)).toBe(true);
});

test.each([
  ['a missing package', {}],
  ['another version', { 'node_modules/solid-js': { ...solid, version: '1.9.18' } }],
  ['other contents', { 'node_modules/solid-js': { ...solid, integrity: 'sha512-c' } }],
  ['another version of an optional one', { 'node_modules/solid-js': solid, 'node_modules/for-mac': solid }],
  ['a package too many', { 'node_modules/solid-js': solid, 'node_modules/left': solid }],
])('%s means installing', (_what, installed) => {
  expect(isInstalled(wanted, installed, linux)).toBe(false);
});

test.each(['20.19.0', '20.20.2', '22.12.0', '24.0.0', '100.1.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

test.each(['20.18.3', '18.20.0', '16.0.0', '21.7.0', '22.11.0'])(
  'Node %s will not, and the sentence says so',
  (version) => {
    expect(nodeProblem(version)).toContain(`needs Node 20.19, or 22.12 or newer, and this is ${version}`);
  },
);
