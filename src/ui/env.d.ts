/** Set by Vite: differs between any two builds of different sources. */
declare const __BUILD_ID__: string;

interface WorkerOptions {
  /** Keeps the worker past a reload of its only tab. https://chromestatus.com/feature/5138641357373440 */
  extendedLifetime?: boolean;
}

/** Not in TypeScript's library yet. https://html.spec.whatwg.org/#closewatcher */
declare class CloseWatcher extends EventTarget {
  onclose: (() => void) | null;
  requestClose(): void;
  destroy(): void;
}
