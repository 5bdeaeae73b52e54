/** Set by Vite: differs between any two builds of different sources. */
declare const __BUILD_ID__: string;

interface WorkerOptions {
  /** Keeps the worker past a reload of its only tab. https://chromestatus.com/feature/5138641357373440 */
  extendedLifetime?: boolean;
}
