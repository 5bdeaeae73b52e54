import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { isThisMachine, listenAddresses, urlsFor } from '../../../src/server/addresses.ts';

const own = ['127.0.0.1', '192.168.1.20', '::1', 'fd00::20', 'fe80::1'];

test.each(['localhost', '127.0.0.1'])('%s is listened for in both families', (host) => {
  expect(listenAddresses(host)).toEqual(['127.0.0.1', '::1']);
});

test('every address is that, and the second loopback one, by which a browser may know this machine', () => {
  expect(listenAddresses('0.0.0.0')).toEqual(['0.0.0.0', '::1']);
});

test('any other host is listened for, and this machine, whose browsers give the GPU to nothing else', () => {
  expect(listenAddresses('192.168.1.20')).toEqual(['192.168.1.20', '127.0.0.1', '::1']);
});

test('on this machine the one address is localhost, whatever it was called', () => {
  for (const host of ['localhost', '127.0.0.1', '::1']) {
    expect(urlsFor(host, 18888, own)).toEqual(['http://localhost:18888/']);
  }
});

test('on the network localhost comes first, then what other devices can reach', () => {
  expect(urlsFor('0.0.0.0', 1, own)).toEqual(['http://localhost:1/', 'http://192.168.1.20:1/']);
  expect(urlsFor('::', 1, own)).toEqual([
    'http://localhost:1/',
    'http://192.168.1.20:1/',
    'http://[fd00::20]:1/',
  ]);
});

test('a chosen address is the only one of the network', () => {
  expect(urlsFor('fd00::20', 80, own)).toEqual(['http://localhost:80/', 'http://[fd00::20]:80/']);
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.20', true],
  ['::ffff:192.168.1.20', true],
  ['192.168.1.21', false],
  ['::ffff:10.0.0.2', false],
  ['fe80::2', false],
  ['12.7.0.1', false],
  ['', false],
])('a request from %s is from this machine: %s', (remoteAddress, isOwn) => {
  const request = { headers: {}, httpVersion: '1.1', socket: { remoteAddress } };
  expect(isThisMachine(request as unknown as IncomingMessage, own)).toBe(isOwn);
  const forwarded = { ...request, headers: { 'x-forwarded-for': '203.0.113.7' } };
  expect(isThisMachine(forwarded as unknown as IncomingMessage, own)).toBe(false);
});
