import type { DeviceFigures } from './fit.ts';

/** `deviceMemory` and `userAgentData` are in Chromium only. */
interface MaybeNavigator {
  gpu?: GPU;
  deviceMemory?: number;
  userAgent: string;
  userAgentData?: { mobile: boolean };
  storage?: StorageManager;
}

/** Bytes that this origin may still store; null where the browser does not say. */
export async function readFreeBytes({ storage }: MaybeNavigator): Promise<number | null> {
  const { quota, usage } = (await storage?.estimate().catch(() => null)) ?? {};
  return quota === undefined ? null : Math.max(0, quota - (usage ?? 0));
}

/** Asks the browser what this device can do. Opens no GPU device. */
export async function readDeviceFigures(navigator: MaybeNavigator): Promise<DeviceFigures> {
  const adapter = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
  const { deviceMemory, userAgent, userAgentData } = navigator;
  return {
    limits: adapter?.limits ?? null,
    // Older browsers have no such field.
    isSoftware: adapter?.info?.isFallbackAdapter ?? false,
    hasF16: adapter?.features.has('shader-f16') ?? false,
    memoryBytes: deviceMemory === undefined ? null : deviceMemory * 2 ** 30,
    isPhone: userAgentData?.mobile ?? /Android|iPhone|iPad|Mobile/.test(userAgent),
    freeBytes: await readFreeBytes(navigator),
  };
}
