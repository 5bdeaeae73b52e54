import type { GpuPlatform } from '../../../src/worker/engines/device-watch.ts';

export interface FakeDevice {
  device: GPUDevice;
  isDestroyed(): boolean;
  lose(): void;
}

export function makeFakeDevice(): FakeDevice {
  let lose = (): void => {};
  let isDestroyed = false;
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    lose = () => resolve({ reason: 'unknown', message: 'gone' } as GPUDeviceLostInfo);
  });
  const device = {
    lost,
    queue: { onSubmittedWorkDone: async () => undefined },
    destroy() {
      isDestroyed = true;
      lose();
    },
  };
  return { device: device as unknown as GPUDevice, isDestroyed: () => isDestroyed, lose: () => lose() };
}

const enough = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 30,
  maxComputeWorkgroupStorageSize: 2 ** 15,
  maxStorageBuffersPerShaderStage: 10,
};

/** A browser with one adapter, or with none. */
export function makeFakePlatform(adapter: { limits?: Partial<typeof enough>; features?: string[] } | null) {
  class FakeAdapter {
    limits = { ...enough, ...adapter?.limits };
    features = new Set(adapter?.features);
    async requestDevice(): Promise<GPUDevice> {
      return makeFakeDevice().device;
    }
  }
  const platform = {
    GPUAdapter: FakeAdapter,
    navigator: { gpu: { requestAdapter: async () => (adapter ? new FakeAdapter() : null) } },
  };
  return platform as unknown as GpuPlatform;
}
