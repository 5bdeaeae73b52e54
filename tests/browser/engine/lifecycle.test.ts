import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { LoadProgress } from '../../../src/worker/engines/engine.ts';
import { startEngine, turnsOf } from './start-engine.ts';

// On software WebGPU, on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const engine = startEngine('engine-lifecycle');
const story = turnsOf('Write a long story');
const answersGreeting = async (): Promise<void> => {
  const { text } = await engine.generate({ turns: turnsOf('Hello!') });
  expect(text).toContain('Pocket');
};

function expectSteady(progress: LoadProgress[]): void {
  const shares = progress.map((step) => step.progress);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  for (const { loadedBytes, totalBytes } of progress)
    expect(loadedBytes).toBeLessThanOrEqual(totalBytes ?? 0);
}

beforeEach(() => engine.unload());

describe('load', () => {
  test('shows one number that only grows, with bytes and phases', async () => {
    await caches.delete('webllm/model');
    const { progress, outcome, ms } = await engine.load();
    console.log(`loads in ${(ms / 1000).toFixed(1)} s`);
    expect(outcome).toBe('loaded');
    expectSteady(progress);
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(['fetch', 'upload', 'compile']));
    // The size of the weights, as their own list has it.
    expect(progress.at(-1)?.totalBytes).toBe(1_729_536);

    const { devicesOpened } = await engine.state();
    const again = await engine.load();
    expect(again.progress).toEqual([]);
    expect(await engine.state()).toEqual({ loadedModel: 'Pocket-3M-q4f32_1', devicesOpened });
  });

  test('comes from the cache the second time', async () => {
    await engine.load();
    await engine.unload();
    expect((await engine.state()).loadedModel).toBeNull();
    const { progress, outcome } = await engine.load();
    expect(outcome).toBe('loaded');
    expectSteady(progress);
    await answersGreeting();
  });

  test.for(['fetch', 'upload', 'compile'] as const)(
    'cancelled in phase %s leaves nothing, and can be done again',
    async (phase) => {
      await caches.delete('webllm/model');
      const { outcome } = await engine.load(phase);
      expect(outcome).toBe('aborted');
      expect((await engine.state()).loadedModel).toBeNull();
      const again = await engine.load();
      expect(again.outcome).toBe('loaded');
      await answersGreeting();
    },
  );

  test('says where the sampling of a new answer comes from, loaded or not', async () => {
    const defaults = { temperature: 0, topP: 1, maxTokens: 4096, seed: null };
    expect(await engine.defaults()).toEqual(defaults);
    await engine.load();
    expect(await engine.defaults()).toEqual(defaults);
    expect(await engine.missing()).toBeNull();
  });
});

test('an answer needs its model', async () => {
  const { error } = await engine.generate({ turns: story });
  expect(error?.code).toBe('engine-failed');
});

test('the device is lost mid-answer: known at once, and after a load the answer goes on to the same text', async () => {
  await engine.load();
  const turns = turnsOf('What can you do?');
  const whole = await engine.generate({ turns });
  const { devicesOpened } = await engine.state();

  const cut = await engine.generate({ turns, loseAfter: 20 });
  expect(cut.error?.code).toBe('gpu-lost');
  expect(cut.endMs).toBeLessThan(1000);
  expect((await engine.state()).loadedModel).toBeNull();
  expect(whole.text.startsWith(cut.text)).toBe(true);

  expect((await engine.load()).outcome).toBe('loaded');
  expect((await engine.state()).devicesOpened).toBe(devicesOpened + 1);
  const rest = await engine.generate({ turns, prefix: cut.text });
  expect(cut.text + rest.text).toBe(whole.text);
});

test('unloading in the middle of an answer ends it with a word, and the model can be loaded again', async () => {
  await engine.load();
  const { error } = await engine.unloadWhileAnswering({ turns: story });
  expect(error?.code).toBe('engine-failed');
  expect((await engine.load()).outcome).toBe('loaded');
  await answersGreeting();
});
