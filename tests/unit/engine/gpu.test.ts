import { describe, expect, test } from 'vitest';
import { watchDevices } from '../../../src/worker/engines/device-watch.ts';
import { requireGpuFor, whyNoGpu } from '../../../src/worker/engines/gpu-check.ts';
import { makeLossGuard } from '../../../src/worker/engines/loss-guard.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeFakeDevice, makeFakePlatform } from './fake-gpu.ts';

const forever = (): Promise<never> => new Promise(() => {});

describe('the loss of a device', () => {
  test('ends work that would never end by itself', async () => {
    const guard = makeLossGuard();
    const { device, lose } = makeFakeDevice();
    guard.add(device);
    const work = guard.race(forever);
    lose();
    await expect(work).rejects.toMatchObject({ code: 'gpu-lost' });
    expect(guard.loss?.code).toBe('gpu-lost');
    await expect(guard.race(forever)).rejects.toMatchObject({ code: 'gpu-lost' });
  });

  test('is told even when the work hears of it first, under another name', async () => {
    const guard = makeLossGuard();
    const { device, lose } = makeFakeDevice();
    guard.add(device);
    const work = guard.race(async () => {
      lose();
      throw new Error('Buffer was unmapped.');
    });
    await expect(work).rejects.toMatchObject({ code: 'gpu-lost' });
  });

  test('of our own doing is none', async () => {
    const guard = makeLossGuard();
    const { device, isDestroyed } = makeFakeDevice();
    guard.add(device);
    guard.release();
    await device.lost;
    expect(isDestroyed()).toBe(true);
    expect(guard.loss).toBeNull();
  });

  test('leaves results and other errors as they are', async () => {
    const guard = makeLossGuard();
    guard.add(makeFakeDevice().device);
    expect(await guard.race(async () => 7)).toBe(7);
    await expect(guard.race(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });
});

test('every device that is opened is counted and shown, and can be refused', async () => {
  const platform = makeFakePlatform({});
  const watch = watchDevices(platform);
  const adapter = await platform.navigator.gpu?.requestAdapter();
  const seen: GPUDevice[] = [];
  await adapter?.requestDevice();
  watch.listen((device) => void seen.push(device));
  const device = await adapter?.requestDevice();
  expect(seen).toEqual([device]);
  expect(watch.opened).toBe(2);
  watch.listen(() => {
    throw new Error('too late');
  });
  await expect(adapter?.requestDevice()).rejects.toThrow('too late');
});

describe('a browser without what models need is told so in a sentence', () => {
  test('no WebGPU', async () => {
    expect(await whyNoGpu({ navigator: {} })).toMatch(/does not offer WebGPU/);
    expect(await whyNoGpu({ navigator: {}, isSecureContext: false })).toMatch(/start Hearth with --https/);
    expect(watchDevices({ navigator: {} }).opened).toBe(0);
  });

  test('no GPU', async () => {
    expect(await whyNoGpu(makeFakePlatform(null))).toMatch(/no GPU that it may use/);
    expect(await whyNoGpu(makeFakePlatform(null), true)).toMatch(/no longer lets this page/);
  });

  test('a small GPU', async () => {
    const reason = await whyNoGpu(makeFakePlatform({ limits: { maxStorageBuffersPerShaderStage: 8 } }));
    expect(reason).toMatch(/maxStorageBuffersPerShaderStage is 8, and 10 is needed/);
    expect(await whyNoGpu(makeFakePlatform({}))).toBeNull();
  });

  test('no 16-bit arithmetic', async () => {
    const model = { ...testModel, needsF16: true };
    await expect(requireGpuFor(model, makeFakePlatform({}))).rejects.toThrow(/16-bit/);
    await requireGpuFor(model, makeFakePlatform({ features: ['shader-f16'] }));
    await requireGpuFor(testModel, makeFakePlatform({}));
    await expect(requireGpuFor(testModel, makeFakePlatform(null))).rejects.toMatchObject({ code: 'no-gpu' });
  });
});
