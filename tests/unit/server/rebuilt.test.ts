import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import { expectShape } from '../../support/openai-shape.ts';
import { startBench, type Bench } from './socket-client.ts';

/* What is loaded with the first request may be gone by then: a rebuild gives the files other names. */

const late = ['../../../src/server/door/door-app.ts', '../../../src/server/signalling.ts'];
let bench: Bench;

beforeEach(async () => {
  vi.resetModules();
  for (const file of late)
    vi.doMock(file, () => {
      throw new Error('Cannot find module.');
    });
  bench = await startBench();
});
afterEach(async () => {
  await bench.stop();
  for (const file of late) vi.doUnmock(file);
});

test('the API says so, the server goes on, and answers when the file is there again', async () => {
  const ask = () => fetch(`http://localhost:${bench.port}/v1/models`);
  for (let round = 0; round < 2; round++) {
    const response = await ask();
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'application/json']);
    expectShape('ErrorResponse', await response.json());
  }
  vi.doUnmock(late[0] ?? '');
  expect((await ask()).status).toBe(200);
});

test('a phone’s signalling is refused, the server goes on, and serves when the file is there again', async () => {
  const token = makeRouteToken();
  const query = new URLSearchParams({ key: 'peerjs', id: routeOf(token), token });
  const open = () => bench.open(`signal/peerjs?${query}`);
  for (let round = 0; round < 2; round++) {
    const { socket } = open();
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(503);
    socket.terminate();
  }
  vi.doUnmock(late[1] ?? '');
  const phone = open();
  await expect.poll(() => phone.texts).toEqual([{ type: 'OPEN' }]);
});
