import { wrap } from 'comlink';
import { expect, test, vi } from 'vitest';
import type { SwitchingApi } from './switching-worker.ts';

/** Fifty in `npm run chaos`; a load takes some seconds in software. */
const rounds = Number(import.meta.env['VITE_SWITCHES'] ?? 4);

vi.setConfig({ testTimeout: 60_000 + rounds * 20_000 });

test(`after ${rounds} switches and unloads the GPU is as empty as before`, async () => {
  const worker = new SharedWorker(new URL('./switching-worker.ts', import.meta.url), { type: 'module' });
  const engine = wrap<SwitchingApi>(worker.port);
  await engine.addTwin();
  const first = [await engine.load(0), await engine.load(1)];
  // The old model is gone when the new one is there: one device, and no more buffers than the first time.
  for (let turn = 2; turn < rounds; turn++) {
    if (turn % 3 === 0) expect(await engine.unload()).toEqual({ devices: 0, buffers: 0, bytes: 0 });
    expect(await engine.load(turn)).toEqual(first[turn % 2]);
  }
  for (const count of first) expect(count.devices).toBe(1);
  expect(await engine.unload()).toEqual({ devices: 0, buffers: 0, bytes: 0 });
  console.log(
    `with a model: ${first[0]?.buffers} buffers, ${((first[0]?.bytes ?? 0) / 2 ** 20).toFixed(1)} MiB`,
  );
});
