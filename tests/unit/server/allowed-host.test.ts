import { expect, test } from 'vitest';
import { isAllowedHost } from '../../../src/server/allowed-host.ts';

const own = () => ['127.0.0.1', '192.168.1.20', 'fd00::20'];

test.each(['localhost', 'localhost:18888', 'LOCALHOST:18888', '127.0.0.1:18888', '[::1]:18888', '[::1]'])(
  '%s always names this server',
  (header) => {
    expect(isAllowedHost(header, 'localhost', own)).toBe(true);
    expect(isAllowedHost(header, '0.0.0.0', own)).toBe(true);
  },
);

test.each(['192.168.1.20:18888', '[fd00::20]:18888'])(
  '%s names it once it listens beyond loopback',
  (header) => {
    expect(isAllowedHost(header, 'localhost', own)).toBe(false);
    expect(isAllowedHost(header, '0.0.0.0', own)).toBe(true);
  },
);

test('the host that was asked for names it', () => {
  expect(isAllowedHost('den.lan:18888', 'Den.lan', own)).toBe(true);
  expect(isAllowedHost('den.lan:18888', '0.0.0.0', own)).toBe(false);
});

test.each([
  undefined,
  '',
  'evil.example',
  'localhost.evil.example',
  'evil.example:localhost',
  'localhost@evil.example',
  '192.168.1.99:18888',
  'localhost:18888:1',
  '[::1',
])('%s does not', (header) => {
  expect(isAllowedHost(header, '0.0.0.0', own)).toBe(false);
});
