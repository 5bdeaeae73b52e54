import { expose } from 'comlink';
import { keepErrorCodes } from '../shared/comlink-errors.ts';
import { systemClock } from './clock.ts';
import { makeCore } from './core.ts';
import { makeWebgpuEngine } from './engines/webgpu-engine.ts';
import { readDeviceFigures, readFreeBytes } from './models/device-figures.ts';
import { makeCatalogue } from './models/catalogue.ts';
import { serveTab } from './serve-tab.ts';
import { openStore } from './store/store.ts';

keepErrorCodes();

// The worker's own file lies in assets/ of a build, and in src/worker/ of the development server.
const appBase = new URL(import.meta.env.DEV ? '/' : '../', import.meta.url);
const catalogue = makeCatalogue(appBase);

const core = makeCore({
  buildId: __BUILD_ID__,
  // Missing on insecure origins, whatever the types say.
  locks: 'locks' in navigator ? navigator.locks : null,
  openChannel: (name) => new BroadcastChannel(name),
  clock: systemClock,
  openStore,
  engine: makeWebgpuEngine({ catalogue }),
  catalogue,
  // Missing on insecure origins, whatever the types say; there is no GPU there either.
  ...('caches' in globalThis
    ? {
        models: {
          source: catalogue,
          appBase,
          caches,
          fetch: (...request: Parameters<typeof fetch>) => fetch(...request),
          freeBytes: () => readFreeBytes(navigator),
          untilOnline: () =>
            new Promise<void>((resolve) => addEventListener('online', () => resolve(), { once: true })),
          readDevice: () => readDeviceFigures(navigator),
        },
      }
    : {}),
  devices: {
    appBase,
    fetch: (...request) => fetch(...request),
    openSocket: (url) => new WebSocket(url),
    userAgent: navigator.userAgent,
  },
});

const serve = (port: MessagePort): void => expose(serveTab(core), port);

// A SharedWorker gets its ports by `connect` events, a dedicated one by messages from the one tab that made it.
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) serve(port);
});
addEventListener('message', (event) => {
  const [port] = event.ports;
  if (port) serve(port);
});
