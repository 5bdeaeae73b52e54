import type { LaunchOptions } from '@playwright/test';
import { findChromium } from '../../scripts/chromium.mjs';

/** How every test starts Chromium. */
export function launchOptions(): LaunchOptions {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium was found: run npm test once, or set HEARTH_CHROMIUM.');
  return {
    executablePath,
    args: [
      // WebGPU without a GPU: SwiftShader computes in software. It has no shader-f16.
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-features=Vulkan',
      '--use-vulkan=swiftshader',
      // Tests also run as root in containers, where Chromium's sandbox cannot start.
      '--no-sandbox',
    ],
  };
}
