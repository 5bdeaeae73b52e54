import type { DeviceFigures } from '../../../src/worker/models/fit.ts';

/*
 * Forty GPUs and phones by what a page learns of them. Sources of the limits:
 * (1) Chromium reports limits in steps: storage buffers bind 128 MiB, 1 GiB, 2 GiB - 4 or 4 GiB - 4 bytes; buffers are 256 MiB, 1, 2 or
 *     4 GiB; workgroup memory is 16, 32, 48 or 64 KiB (Dawn, src/dawn/native/Limits.cpp). The GPU's own value is rounded down to a step.
 * (2) Vulkan limits by device, maxStorageBufferRange, maxComputeSharedMemorySize, maxMemoryAllocationSize, and the features shaderFloat16 and
 *     storageBuffer16BitAccess: vulkan.gpuinfo.org.
 * (3) Apple: Metal Feature Set Tables (32 KB of threadgroup memory); buffer sizes of iPhones in gpuweb/gpuweb#1371; Safari allows 1 GiB since
 *     WebKit/WebKit#49472 and gave a tenth of Metal's limit before, 256 MiB at least.
 * (4) Direct3D 12: 32 KiB of group shared memory; 16-bit arithmetic from shader model 6.2 with native 16-bit types.
 * (5) The WebGPU specification's own defaults, which every adapter has at least.
 * (6) Concluded from which models load there in Chromium 156.
 * Rounded, and written down without looking each one up: only (3)'s WebKit and gpuweb threads were read for this. They are good for testing
 * the verdicts, not for quoting.
 * Memory is what navigator.deviceMemory says: 8 GiB at most, absent in Safari and Firefox. Free storage: 60 % of a usual free disk, as in
 * Chromium; of a phone, less.
 */

const MiB = 2 ** 20;
const GiB = 2 ** 30;

type Row = [
  name: string,
  source: string,
  bindingMiB: number,
  bufferMiB: number,
  workgroupKiB: number,
  f16: boolean,
  memoryGiB: number | null,
  kind: 'computer' | 'phone',
  freeGiB: number | null,
];

const rows: Row[] = [
  ['NVIDIA GeForce RTX 4090, Chrome on Windows', '1 2 4', 2048, 4096, 32, true, 8, 'computer', 300],
  ['NVIDIA GeForce RTX 4060 Laptop, Chrome on Windows', '1 2 4', 2048, 4096, 32, true, 8, 'computer', 120],
  ['NVIDIA GeForce RTX 3060, Chrome on Linux', '1 2', 4096, 4096, 48, true, 8, 'computer', 200],
  ['NVIDIA GeForce GTX 1660, Chrome on Windows', '1 2 4', 2048, 4096, 32, true, 8, 'computer', 100],
  ['NVIDIA GeForce GTX 1060, Chrome on Windows', '1 2 4', 2048, 2048, 32, false, 8, 'computer', 60],
  ['NVIDIA GeForce GTX 970, Chrome on Linux', '1 2', 4096, 4096, 48, false, 8, 'computer', 60],
  ['NVIDIA T4, Chrome on Linux', '1 2', 4096, 4096, 48, true, 8, 'computer', 40],
  ['NVIDIA GeForce MX150, Chrome on Windows', '1 2 4', 2048, 2048, 32, false, 8, 'computer', 40],
  ['AMD Radeon RX 7900 XTX, Chrome on Windows', '1 2 4', 2048, 4096, 32, true, 8, 'computer', 300],
  ['AMD Radeon RX 6600, Chrome on Linux', '1 2', 4096, 4096, 64, true, 8, 'computer', 200],
  ['AMD Radeon RX 580, Chrome on Windows', '1 2 4', 2048, 2048, 32, false, 8, 'computer', 80],
  ['AMD Radeon 780M (Ryzen 7 7840U), Chrome on Windows', '1 2 4', 2048, 2048, 32, true, 8, 'computer', 150],
  ['AMD Radeon Vega 8 (Ryzen 5 3500U), Chrome on Windows', '1 2 4', 2048, 2048, 32, true, 8, 'computer', 50],
  ['AMD Van Gogh (Steam Deck), Chrome on Linux', '1 2', 4096, 4096, 64, true, 8, 'computer', 60],
  ['Intel Arc A770, Chrome on Windows', '1 2 4', 2048, 4096, 32, true, 8, 'computer', 200],
  ['Intel Arc 140V (Core Ultra 7), Chrome on Windows', '1 2 4', 2048, 2048, 32, true, 8, 'computer', 150],
  ['Intel Iris Xe, Chrome on Windows', '1 2 4', 2048, 2048, 32, true, 8, 'computer', 80],
  ['Intel Iris Xe, Chrome on Linux', '1 2', 1024, 4096, 64, true, 8, 'computer', 80],
  ['Intel UHD Graphics 620, Chrome on Windows', '1 2 4', 2048, 2048, 32, true, 8, 'computer', 40],
  [
    'Intel UHD Graphics 600 (Celeron N4000), Chrome on Windows',
    '1 2 4',
    2048,
    2048,
    32,
    true,
    4,
    'computer',
    15,
  ],
  ['Intel HD Graphics 4000, Chrome on Linux', '2 5', 128, 256, 16, false, 4, 'computer', 30],
  ['Apple M3 Max, Chrome', '1 3', 4096, 4096, 32, true, 8, 'computer', 400],
  ['Apple M2, Safari', '3', 1024, 1024, 32, true, null, 'computer', 100],
  ['Apple M1, Chrome', '1 3', 4096, 4096, 32, true, 8, 'computer', 60],
  ['AMD Radeon Pro 560X (MacBook Pro 2018), Chrome', '1 3', 2048, 2048, 32, true, 8, 'computer', 60],
  ['Intel Iris Plus (MacBook Air 2020), Chrome', '1 3', 1024, 1024, 32, true, 8, 'computer', 30],
  [
    'Qualcomm Adreno X1 (Snapdragon X Elite), Chrome on Windows',
    '1 2 4',
    2048,
    2048,
    32,
    true,
    8,
    'computer',
    150,
  ],
  ['Google SwiftShader, Chrome on Linux, in software', '6', 1024, 1024, 32, false, 8, 'computer', 20],
  ['Broadcom VideoCore VII (Raspberry Pi 5), Chromium', '2 5', 128, 256, 16, false, 8, 'computer', 20],
  ['Apple A18 Pro (iPhone 16 Pro), Safari 26', '3', 1024, 1024, 32, true, null, 'phone', 20],
  ['Apple A15 (iPhone 13), Safari 26', '3', 1024, 1024, 32, true, null, 'phone', 10],
  ['Apple A12 (iPhone XS), Safari 26.0 before the change', '3', 256, 256, 32, true, null, 'phone', 5],
  ['Apple M4 (iPad Pro), Safari 26', '3', 1024, 1024, 32, true, null, 'phone', 60],
  ['Qualcomm Adreno 830 (Galaxy S25), Chrome', '1 2', 1024, 4096, 32, true, 8, 'phone', 60],
  ['Qualcomm Adreno 740 (Galaxy S23), Chrome', '1 2', 1024, 2048, 32, true, 8, 'phone', 40],
  ['Qualcomm Adreno 660 (Galaxy S21), Chrome', '1 2', 128, 1024, 32, false, 8, 'phone', 30],
  ['Qualcomm Adreno 610 (Redmi Note 11), Chrome', '1 2', 128, 256, 32, false, 4, 'phone', 10],
  ['Arm Mali-G715 (Pixel 8), Chrome', '1 2', 2048, 4096, 32, true, 8, 'phone', 40],
  ['Arm Mali-G78 (Pixel 6), Chrome', '1 2', 128, 1024, 32, true, 8, 'phone', 30],
  ['Arm Mali-G52 (Galaxy A14), Chrome', '1 2', 128, 256, 32, true, 4, 'phone', 8],
];

/** The last step of a binding is four bytes short of a power of two. */
const binding = (mebibytes: number): number => mebibytes * MiB - (mebibytes >= 2048 ? 4 : 0);

export const adapters: { name: string; source: string; figures: DeviceFigures }[] = rows.map(
  ([name, source, bindingMiB, bufferMiB, workgroupKiB, hasF16, memoryGiB, kind, freeGiB]) => ({
    name,
    source,
    figures: {
      limits: {
        maxStorageBufferBindingSize: binding(bindingMiB),
        maxBufferSize: bufferMiB * MiB,
        maxComputeWorkgroupStorageSize: workgroupKiB * 1024,
        maxStorageBuffersPerShaderStage: 10,
      },
      hasF16,
      memoryBytes: memoryGiB === null ? null : memoryGiB * GiB,
      isPhone: kind === 'phone',
      freeBytes: freeGiB === null ? null : freeGiB * GiB,
    },
  }),
);
