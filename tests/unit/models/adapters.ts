import type { DeviceFigures } from '../../../src/worker/models/fit.ts';

/*
 * Forty GPUs and phones by limits that somebody published of each: what a browser said there (a dump in an issue or a file), or what Vulkan,
 * Direct3D or Metal says, from which the browser's own code makes WebGPU's limits. Each row names its source; the functions below are that code.
 *
 * Browsers:
 * - Chromium: google/dawn, src/dawn/native/Limits.cpp (the steps), vulkan/PhysicalDeviceVk.cpp, d3d12/PhysicalDeviceD3D12.cpp and
 *   metal/PhysicalDeviceMTL.mm beside it (the raw values), as of 2026; older Chromium reports fewer storage buffers: 8, then 10.
 * - Safari: WebKit/WebKit, Source/WebGPU/WebGPU/HardwareCapabilities.mm, and WebKit/WebKit#49472, which raised an iPhone's buffers. Which chip
 *   is of which GPU family: Apple's Metal Feature Set Tables.
 * - Firefox: the row's own sources; storage buffers are 8 on Metal (gfx-rs/wgpu#9287) and 16 on Direct3D 12 (gfx-rs/wgpu#3784).
 * GPUs: Vulkan-Profiles is KhronosGroup/Vulkan-Profiles, reports of vulkan.gpuinfo.org (profiles/FOLDER/vp_gpuinfo_*.json). MoltenVK's
 *   maxMemoryAllocationSize is Metal's maxBufferLength.
 * Of Android no row has all its figures from one report. gpuweb/gpuweb#2832: of all that run WebGPU, only Adreno 610 and some 612 have less than
 *   32 KiB of shared memory. gpuweb/gpuweb#4235: all have 16 storage buffers a stage. apache/tvm#16108: an Adreno binds 128 MiB.
 *
 * Assumed, not looked up:
 * - memory (but for the Mac that says 32 GiB) and free disk of every row: browsers round both;
 * - 16-bit arithmetic of the two Mali phones, as these two rows say;
 * - 16-bit arithmetic of Adreno 610, and it and the workgroup memory of the Mac in Firefox. No model runs on either for other reasons.
 * Where a source tells the largest binding only, the largest buffer is as large, and 256 MiB at least, which WebGPU demands. What was read of
 * Intel HD 530's binding ends after three digits: it is taken to be its largest buffer, which has the same ones.
 * Not found: figures of a PowerVR, and whether AMD's and Intel's GPUs have 16-bit arithmetic in Chrome on Windows.
 */

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const maxUint32 = 2 ** 32 - 1;
const below2 = 2 * GiB - 4;
const below4 = 4 * GiB - 4;

type Limits = NonNullable<DeviceFigures['limits']>;
type Published = { limits: Limits; hasF16: boolean; by?: string };

const limitsOf = (binding: number, buffer: number, workgroup: number, buffersPerStage: number): Limits => ({
  maxStorageBufferBindingSize: binding,
  maxBufferSize: buffer,
  maxComputeWorkgroupStorageSize: workgroup,
  maxStorageBuffersPerShaderStage: buffersPerStage,
});

/** What a browser, or wgpu for it, reported. */
const told = (
  ...[binding, buffer, workgroup, perStage, hasF16]: [...Parameters<typeof limitsOf>, boolean]
): Published => ({
  limits: limitsOf(binding, buffer, workgroup, perStage),
  hasF16,
});

/** Chromium reports the largest step that the GPU reaches, so that a page learns less of who it is. */
const steps = {
  binding: [128 * MiB, 256 * MiB, 512 * MiB, GiB, below2, below4],
  buffer: [256 * MiB, GiB, 2 * GiB, below4],
  workgroup: [16384, 32768, 49152, 65536],
  perStage: [8, 10, 16],
};
const step = (value: number, of: number[]): number => Math.max(...of.filter((each) => each <= value));

function chromium(binding: number, buffer: number, workgroup: number, perStage: number): Limits {
  const most = step(buffer, steps.buffer);
  return limitsOf(
    Math.min(step(Math.min(binding, buffer), steps.binding), most),
    most,
    step(workgroup, steps.workgroup),
    step(perStage, steps.perStage),
  );
}

/** By maxStorageBufferRange, maxComputeSharedMemorySize, maxPerStageDescriptorStorageBuffers, shaderFloat16, and the largest buffer. */
const vulkan = (
  range: number,
  shared: number,
  perStage: number,
  hasF16: boolean,
  buffer = Math.max(range, 256 * MiB),
): Published => ({
  limits: chromium(range, buffer, shared, perStage),
  hasF16,
  by: "Dawn's Vulkan",
});

/** Dawn binds less than 2 GiB there and refuses 16-bit arithmetic, whatever the driver says (crbug.com/435684920, crbug.com/42251215). */
const vulkanOfNvidia = (range: number, shared: number, perStage: number): Published =>
  vulkan(Math.min(range, below2), shared, perStage, false, range);

/** Dawn takes the same for each GPU, but for what a Qualcomm one binds; so a row's source tells of 16-bit arithmetic only. */
const direct3d = (hasF16: boolean, binding = 2 * GiB): Published => ({
  limits: chromium(binding, 2 * GiB, 32768, 16),
  hasF16,
  by: "Dawn's Direct3D 12",
});

const metal = (maxBufferLength: number): Published => {
  const most = Math.min(maxUint32, maxBufferLength);
  return { limits: chromium(most, most, 32768, 10), hasF16: true, by: "Dawn's Metal" };
};

/** From A13 and M1 on, by the largest buffer. */
const webkit = (buffer: number): Published => {
  const most = Math.floor(buffer / 4) * 4;
  return { limits: limitsOf(most, most, 32768, 44), hasF16: true, by: 'WebKit' };
};
/** A third of what Metal allows; a tenth, before. */
const safari = {
  mac: (maxBufferLength: number) =>
    webkit(Math.max(Math.min(maxBufferLength, GiB), Math.min(2 ** 31 - 1, maxBufferLength / 3))),
  phone: (maxBufferLength: number) => webkit(Math.max(256 * MiB, Math.min(GiB, maxBufferLength / 3))),
  phoneBefore: (maxBufferLength: number) =>
    webkit(Math.max(256 * MiB, Math.min(2 ** 31 - 1, maxBufferLength / 10))),
  /** A11 and A12 get WebGPU's defaults. */
  oldPhone: { ...told(128 * MiB, 256 * MiB, 16384, 8, true), by: 'WebKit' },
};

const from = {
  profiles2022: 'Vulkan-Profiles VP_LUNARG_desktop_baseline_2022',
  profiles2023: 'Vulkan-Profiles LunarG/VP_LUNARG_desktop_baseline_2023',
  profiles2024: 'Vulkan-Profiles LunarG/VP_LUNARG_desktop_max_2024',
  profiles2026: 'Vulkan-Profiles LunarG/VP_LUNARG_desktop_baseline_2026',
  miniEngine:
    'nowead/Mini-Engine, docs/current/medical-volume/baselines/BASELINE_2026-07-14_MOBILE_MATRIX.md',
  d3d12info: 'Devaniti/D3d12infoGUI, source/frontend/reports.json',
  browserLab: 'MissingPackage/browser-llm-lab, results/engine/webgpu-limits-4090laptop-2026-08-02.json',
  llmWeb: 'idle-intelligence/llm-web, docs/runs/2026-10-02-webgpu-nondeterminism.md',
  macProbe: 'SebastienZany/SebastienZany.github.io, v2/reference/probe-results.md',
  crashbox: 'nearform/crashbox, docs/research/03-webgpu-device-loss.md',
  snapdragon: 'softwiredtech/stable-diffusion-webgpu#1',
  pi: 'bevyengine/bevy#18867, DTolm/VkFFT#220; f16 of a Pi 4: parasyte/pixels#139',
  pixel7: 'mlc-ai/web-llm#209, ggml-org/whisper.cpp#3590; f16 is assumed',
  mali: 'leegao/bionic-vulkan-wrapper#124, gpuweb/gpuweb#2832; f16 is assumed',
  adreno730: 'ggml-org/llama.cpp#5739, apache/tvm#16108, gpuweb/gpuweb#2832',
  pixel5: 'Tencent/ncnn#2382, apache/tvm#16108, gpuweb/gpuweb#2832',
  adreno610: 'gpuweb/gpuweb#2832, apache/tvm#16108',
};

/** Chrome's memory is 8 GiB unless a row says otherwise; null where the browser does not tell. */
type Row = [name: string, source: string, Published, freeGiB: number, memoryGiB?: number | null];

const windows: Row[] = [
  ['NVIDIA GeForce RTX 4070, Chrome 150', from.miniEngine, direct3d(true), 300],
  ['NVIDIA GeForce RTX 3090, Chrome', 'gpuweb/gpuweb#658', direct3d(true), 200],
  ['NVIDIA GeForce RTX 3060 Laptop, Chrome', from.d3d12info, direct3d(true), 120],
  ['NVIDIA GeForce GTX 1080 Ti, Chrome 153', 'elicwhite/spotify-clonehero#27', direct3d(false), 60],
  [
    'Qualcomm Snapdragon X Elite, Chrome 131',
    from.snapdragon,
    told(128 * MiB, 2 * GiB, 32768, 10, true),
    150,
  ],
  ['Qualcomm Snapdragon X Elite, later Chrome', from.snapdragon, direct3d(true, 512 * MiB), 150],
  [
    'Intel HD 530, Zen (Firefox)',
    'zen-browser/desktop#8932',
    told(below2, below2, 32768, 16, false),
    60,
    null,
  ],
];

const linux: Row[] = [
  ['NVIDIA GeForce RTX 4090 Laptop, Chrome', from.browserLab, told(below2, below4, 49152, 16, false), 300],
  ['NVIDIA GeForce RTX 3080, Chromium 152', from.llmWeb, told(below2, below2, 49152, 16, false), 200],
  ['NVIDIA GeForce GTX 1650, Chrome', from.profiles2026, vulkanOfNvidia(maxUint32, 49152, 1048576), 60],
  ['NVIDIA Kepler, Chrome 116', 'webgpu/webgpureport.org#3', told(below2, 2 * GiB, 49152, 8, false), 40],
  ['AMD Radeon RX 6600, Chrome', from.profiles2024, vulkan(maxUint32, 65536, 8388606, true, 4294967292), 200],
  ['AMD Radeon RX 570, Chrome', from.profiles2026, vulkan(maxUint32, 65536, 8388606, false), 80],
  ['AMD Bonaire, Chrome', from.profiles2022, vulkan(maxUint32, 32768, 8388606, false, 4294967292), 40],
  ['Intel Arc A770, Chrome', from.profiles2026, vulkan(maxUint32, 49152, 33554432, true), 200],
  ['Intel Iris Xe, Chrome', from.profiles2026, vulkan(maxUint32, 49152, 201326592, true), 80],
  ['Intel HD 620, Chrome', from.profiles2026, vulkan(maxUint32, 49152, 201326592, true, 4294967296), 40],
  ['llvmpipe (in software), Chrome', from.profiles2026, vulkan(134217728, 32768, 1015808, true), 20],
  ['Broadcom V3D 7.1 (Raspberry Pi 5), Chromium', from.pi, vulkan(1073741824, 16384, 8, false), 20],
];

const mac: Row[] = [
  ['Apple M1, Chrome', from.profiles2026, metal(4294967296), 60],
  ['Apple M2, Chrome', from.llmWeb, told(below4, below4, 32768, 10, true), 100],
  ['Apple M1 Max (64 GB), Chrome', 'gfx-rs/wgpu#2502', metal(36864 * MiB), 400],
  ['Apple M3 Max, Chrome', 'gfx-rs/wgpu#6221', metal(77309411328), 400],
  ['Apple laptop (32 GB), Chrome 151', from.macProbe, told(below4, below4, 32768, 10, true), 200, 32],
  ['AMD Radeon Pro 560, Chrome', from.profiles2022, metal(3221225472), 60],
  ['Intel UHD Graphics 630, Chrome', from.profiles2023, metal(2147483648), 60],
  ['Apple M3 Max, Safari', 'gfx-rs/wgpu#6221', safari.mac(77309411328), 400, null],
  ['Apple M1, Safari', from.profiles2026, safari.mac(4294967296), 60, null],
  ['Apple M3 Max, Firefox', 'gfx-rs/wgpu#6221', told(maxUint32, 77309411328, 32768, 8, false), 400, null],
];

const phones: Row[] = [
  ['iPhone 16 Pro, Safari', 'WebKit/WebKit#49472', safari.phone(4 * GiB), 20, null],
  ['iPhone 16 Pro, Safari before that change', 'WebKit/WebKit#49472', safari.phoneBefore(4 * GiB), 20, null],
  ['iPhone 15 Pro, Safari 26.3', from.crashbox, webkit(GiB), 20, null],
  ['iPhone with iOS 18.7, KakaoTalk', from.miniEngine, webkit(GiB), 10, null],
  ['iPhone 11, Safari', 'gpuweb/gpuweb#1371', safari.phone(1007468544), 10, null],
  ['iPhone XS (A12), Safari', 'the defaults of older GPU families', safari.oldPhone, 5, null],
  ['Arm Mali-G710 (Pixel 7), Chrome', from.pixel7, vulkan(134217728, 32768, 16, true), 30],
  ['Arm Mali-G615 MC6, Chrome', from.mali, vulkan(2147483648, 32768, 16, true), 40],
  ['Qualcomm Adreno 730, Chrome', from.adreno730, vulkan(134217728, 32768, 16, true), 40],
  ['Qualcomm Adreno 620 (Pixel 5), Chrome', from.pixel5, vulkan(134217728, 32768, 16, false), 20],
  ['Qualcomm Adreno 610, Chrome', from.adreno610, vulkan(134217728, 16384, 16, false), 10, 4],
];

const figuresOf =
  (place: string, isPhone = false) =>
  ([name, source, { limits, hasF16, by }, freeGiB, memoryGiB = 8]: Row) => ({
    name: name + place,
    source: by ? `${source}; ${by}` : source,
    figures: {
      limits,
      hasF16,
      isSoftware: name.includes('in software'),
      memoryBytes: memoryGiB === null ? null : memoryGiB * GiB,
      isPhone,
      freeBytes: freeGiB * GiB,
    },
  });

export const adapters: { name: string; source: string; figures: DeviceFigures }[] = [
  ...windows.map(figuresOf(' on Windows')),
  ...linux.map(figuresOf(' on Linux')),
  ...mac.map(figuresOf(' on a Mac')),
  ...phones.map(figuresOf('', true)),
];
