import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { FromServer } from '../../../../src/shared/door.ts';
import { openDoorHouse, type DoorHouse } from '../../../support/door-house.ts';

type Ask = Extract<FromServer, { type: 'ask' }>;

let house: DoorHouse;
beforeEach(async () => {
  house = await openDoorHouse({ engine: null });
});
afterEach(() => house.close());

const ready = { isReady: true, reason: null };

/** A core at the door whose answers the test gives: its person chose this model. */
async function openEngine(model: string, status: { isReady: boolean; reason: string | null } = ready) {
  const asks: Ask[] = [];
  const socket = new WebSocket(`ws://localhost:${house.port}/door/engine`, { origin: house.url });
  socket.on('error', () => {});
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as FromServer;
    if (message.type === 'ask') asks.push(message);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'status', model, ...status }));
  await expect.poll(served).toContain(model);
  const finish = (id: string | undefined): void => {
    for (const event of [
      { type: 'start', promptTokens: 1 },
      { type: 'text', text: model, tokens: 1 },
      { type: 'done', finishReason: 'stop', promptTokens: 1, completionTokens: 1 },
    ])
      socket.send(JSON.stringify({ type: 'event', id, event }));
  };
  return { asks, socket, finish };
}

async function served(): Promise<string[]> {
  const { data } = (await (await fetch(`${house.url}/v1/models`)).json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

const textOf = async (response: Promise<Response>): Promise<unknown> =>
  ((await (await response).json()) as { choices: { message: { content: string } }[] }).choices[0]?.message
    .content;

test('a request goes to an engine that has its model, however busy that is; the usual name to any', async () => {
  const [big, small] = [await openEngine('big'), await openEngine('small')];
  expect(await served()).toEqual(['big', 'small', 'openchat_3.5']);
  const first = house.post({ model: 'big' });
  await expect.poll(() => big.asks.length).toBe(1);
  const second = house.post({ model: 'big' });
  await expect.poll(() => big.asks.length).toBe(2);
  const any = house.post({ model: 'openchat_3.5' });
  await expect.poll(() => small.asks.length).toBe(1);
  expect([big.asks[1]?.model, small.asks[0]?.model]).toEqual(['big', null]);
  for (const { id } of big.asks) big.finish(id);
  small.finish(small.asks[0]?.id);
  expect(await Promise.all([first, second, any].map(textOf))).toEqual(['big', 'big', 'small']);
  const none = await house.post({ model: 'none' });
  expect(none.status).toBe(404);
  expect(await none.json()).toMatchObject({
    error: { message: 'The model "none" is not served here. This is: big, small.' },
  });
});

test('one whose engine goes away is not answered by another model', async () => {
  const [big, small] = [await openEngine('big'), await openEngine('small')];
  const asked = house.post({ model: 'big' });
  await expect.poll(() => big.asks.length).toBe(1);
  big.socket.terminate();
  expect((await asked).status).toBe(503);
  expect(small.asks).toEqual([]);
});

test('a browser without a GPU is not asked while another one can load the model', async () => {
  const none = await openEngine('model', { isReady: false, reason: 'This browser has no usable GPU.' });
  const idle = await openEngine('model', { isReady: false, reason: null });
  const asked = [house.post({ model: 'model' }), house.post({ model: 'openchat_3.5' })];
  await expect.poll(() => idle.asks.length).toBe(2);
  for (const { id } of idle.asks) idle.finish(id);
  expect(await Promise.all(asked.map(textOf))).toEqual(['model', 'model']);
  expect(none.asks).toEqual([]);
});
