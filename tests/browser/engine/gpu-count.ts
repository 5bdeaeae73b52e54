/** What of the GPU is in use, counted through the devices themselves. */
export interface GpuCount {
  devices: number;
  buffers: number;
  bytes: number;
}

/** Counts from now on every device and buffer of this worker until it is destroyed, or its device is. */
export function countGpu(): () => GpuCount {
  const live = new Map<GPUDevice, Map<GPUBuffer, number>>();
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function counted(this: GPUAdapter, descriptor) {
    const device = await requestDevice.call(this, descriptor);
    live.set(device, new Map());
    void device.lost.then(() => live.delete(device));
    return device;
  };
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function counted(this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    live.get(this)?.set(buffer, descriptor.size);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function counted(this: GPUBuffer) {
    for (const buffers of live.values()) buffers.delete(this);
    return destroy.call(this);
  };
  return () => {
    const sizes = [...live.values()].flatMap((buffers) => [...buffers.values()]);
    return {
      devices: live.size,
      buffers: sizes.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    };
  };
}
