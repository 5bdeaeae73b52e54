/** What of the platform the engine needs. */
export interface GpuPlatform {
  readonly isSecureContext?: boolean;
  navigator: { readonly gpu?: GPU };
  GPUAdapter?: { prototype: GPUAdapter };
}

export interface DeviceWatch {
  /** Devices opened so far. */
  readonly opened: number;
  /** From now on `listener` gets every new device first. When it throws, the caller gets the error and no device. */
  listen(listener: (device: GPUDevice) => void): void;
}

/**
 * Sees every GPU device that is opened in this worker. web-llm opens its own and keeps it to itself; a wrapped
 * `requestDevice` is the only way to learn of it, and so of its loss. Once per worker.
 */
export function watchDevices(platform: GpuPlatform): DeviceWatch {
  let opened = 0;
  let listener: (device: GPUDevice) => void = () => {};
  const adapter = platform.GPUAdapter?.prototype;
  if (adapter) {
    const requestDevice = adapter.requestDevice;
    adapter.requestDevice = async function watched(this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
      const device = await requestDevice.call(this, descriptor);
      opened += 1;
      listener(device);
      return device;
    };
  }
  return {
    get opened() {
      return opened;
    },
    listen: (next) => void (listener = next),
  };
}
