/** Bytes that are still in use after everything that can go is gone. Needs `node --expose-gc`. */
export function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('Start node with --expose-gc.');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
