import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { GpuPlatform } from './device-watch.ts';

/** What web-llm asks of a device at the very least, whatever the model. */
const leastLimits = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxComputeWorkgroupStorageSize: 2 ** 15,
  maxStorageBuffersPerShaderStage: 10,
} as const satisfies Partial<Record<keyof GPUSupportedLimits, number>>;

/** Why no model at all runs here, as a sentence for people; null when some do. `hadGpu` says that some did before. */
export async function whyNoGpu(
  { navigator, isSecureContext }: GpuPlatform,
  hadGpu = false,
): Promise<string | null> {
  if (!navigator.gpu) {
    return isSecureContext === false
      ? 'No GPU at this address: browsers give WebGPU to secure ones only. Use another device’s GPU, or start Hearth with --https.'
      : 'This browser does not offer WebGPU. Use a current Chrome, Edge, Firefox or Safari.';
  }
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    return hadGpu
      ? 'The browser no longer lets this page use the GPU, as happens after it has crashed more than once. Restart the browser.'
      : 'This browser has WebGPU, but found no GPU that it may use. It may be switched off in the settings, or blocked for this system; Chrome on Linux wants chrome://flags/#enable-unsafe-webgpu and #enable-vulkan.';
  }
  for (const [name, least] of Object.entries(leastLimits)) {
    const limit = adapter.limits[name as keyof typeof leastLimits];
    if (limit < least) {
      return `The GPU of this device is too small for WebGPU models: ${name} is ${limit}, and ${least} is needed.`;
    }
  }
  return null;
}

/** Says that a model cannot run here before anything of it is downloaded. */
export async function requireGpuFor(
  model: ModelChoice,
  platform: GpuPlatform,
  hadGpu = false,
): Promise<void> {
  const reason = await whyNoGpu(platform, hadGpu);
  if (reason !== null) throw new AppError('no-gpu', reason);
  if (!model.needsF16) return;
  const adapter = await platform.navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter?.features.has('shader-f16')) {
    throw new AppError(
      'model-failed',
      `${model.label} needs 16-bit arithmetic, which this GPU does not offer. Choose a variant with f32 in its name.`,
    );
  }
}
