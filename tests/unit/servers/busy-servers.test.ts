import { beforeEach, expect, test, vi } from 'vitest';
import { makeFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { answerOf, question, textOf, useUpstreams } from '../../support/http-engine-bench.ts';
import { json, piece, stream, type Act } from '../../support/scripted-upstream.ts';

let clock: FakeClock;
beforeEach(() => (clock = makeFakeClock(Date.parse('2026-01-01T00:00:00Z'))));
const { start, engineOf } = useUpstreams({
  now: () => clock.now(),
  after: (ms, callback) => clock.after(ms, callback),
});

const busy =
  (status: number, retryAfter: string): Act =>
  (response) =>
    void response.writeHead(status, { 'retry-after': retryAfter }).end('{}');
const alive = stream(piece('alive', 'stop'));
const untilItWaits = () => vi.waitFor(() => expect(clock.waiting).toBe(1), 10_000);

test.each([
  [429, '2'],
  [503, '2'],
  [429, 'Thu, 01 Jan 2026 00:00:02 GMT'],
])('who answers with %i and says when, as in %s, is asked again then', async (status, retryAfter) => {
  const upstream = await start(busy(status, retryAfter));
  const answer = answerOf(engineOf(upstream));
  await untilItWaits();
  upstream.act(alive);
  clock.advance(1_999);
  expect(clock.waiting).toBe(1);
  clock.advance(1);
  expect(textOf(await answer)).toBe('alive');
  expect(upstream.asked).toHaveLength(2);
});

test('nobody waits for one while another is free', async () => {
  const first = await start(busy(429, '2'));
  const second = await start(alive);
  expect(textOf(await answerOf(engineOf(first, second)))).toBe('alive');
  expect(first.asked).toHaveLength(1);
});

test('of several that are busy, or worse, the one that is free first is asked again', async () => {
  const slow = await start(busy(503, '9'));
  const soon = await start(busy(429, '3'));
  const dead = await start(json(500, {}));
  const answer = answerOf(engineOf(slow, soon, dead));
  await untilItWaits();
  soon.act(alive);
  clock.advance(3_000);
  expect(textOf(await answer)).toBe('alive');
  expect([slow, soon, dead].map(({ asked }) => asked.length)).toEqual([1, 2, 1]);
});

test('Stop ends the wait', async () => {
  const upstream = await start(busy(429, '30'));
  const controller = new AbortController();
  const answer = answerOf(engineOf(upstream), question, controller.signal);
  await untilItWaits();
  controller.abort();
  expect(await answer).toEqual([]);
});

test('a minute is the most, in all: then, or without a word of when, that is told', async () => {
  for (const retryAfter of ['61', 'soon']) {
    const upstream = await start(busy(429, retryAfter));
    await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({ kind: 'busy' });
    expect(upstream.asked).toHaveLength(1);
  }
  const upstream = await start(busy(503, '20'));
  const answer = answerOf(engineOf(upstream));
  const failed = expect(answer).rejects.toMatchObject({ kind: 'busy' });
  for (let waits = 0; waits < 3; waits += 1) {
    await untilItWaits();
    clock.advance(20_000);
  }
  await failed;
  expect(upstream.asked).toHaveLength(4);
});

test('one that says “now” is not asked without a pause', async () => {
  const upstream = await start(busy(503, '0'));
  const answer = answerOf(engineOf(upstream));
  await untilItWaits();
  upstream.act(alive);
  clock.advance(999);
  expect(clock.waiting).toBe(1);
  clock.advance(1);
  expect(textOf(await answer)).toBe('alive');
});
