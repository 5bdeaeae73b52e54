import { expect, onTestFinished, test, vi } from 'vitest';
import { fetchFile } from '../../../src/worker/models/fetch-file.ts';
import { makePartStore } from '../../../src/worker/models/part-store.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';

const first = 'params_shard_0.bin';

test('stopped in the moment in which it begins to wait for the next try, it does not wait', async () => {
  const controller = new AbortController();
  const fetching = fetchFile({
    url: 'https://any.invalid/params_shard_0.bin',
    name: first,
    bytes: null,
    parts: makePartStore(makeMemoryCaches()),
    fetch: () => Promise.reject(new TypeError('There is no network.')),
    clock: makeFakeClock(),
    signal: controller.signal,
    onBytes() {},
    onTrouble: () => controller.abort(),
  });
  await expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
});

test('without a network tries do not count, however long that takes, and it goes on as soon as there is one', async () => {
  const network = { onLine: false };
  vi.stubGlobal('navigator', network);
  onTestFinished(() => void vi.unstubAllGlobals());
  const clock = makeFakeClock();
  const troubles: (string | null)[] = [];
  let comeBack = (): void => {};
  const fetching = fetchFile({
    url: 'https://any.invalid/params_shard_0.bin',
    name: first,
    bytes: 7,
    parts: makePartStore(makeMemoryCaches()),
    async fetch() {
      if (!network.onLine) throw new TypeError('There is no network.');
      return new Response('weights');
    },
    clock,
    signal: new AbortController().signal,
    onBytes() {},
    onTrouble: (error) => troubles.push(error?.message ?? null),
    untilOnline: () => new Promise((resolve) => (comeBack = resolve)),
  });
  fetching.catch(() => {});
  const untilItWaits = (times: number) =>
    expect.poll(() => [troubles.length, clock.waiting]).toEqual([times, 1]);
  for (let times = 1; times <= 20; times += 1) {
    await untilItWaits(times);
    clock.advance(30_000);
  }
  await untilItWaits(21);
  network.onLine = true;
  comeBack();
  await fetching;
  expect(troubles.at(0)).toBe(`${first}: the connection was lost.`);
  expect(troubles.at(-1)).toBeNull();
});
