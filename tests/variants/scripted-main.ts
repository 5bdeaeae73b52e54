import { expose } from 'comlink';
import { keepErrorCodes } from '../../src/shared/comlink-errors.ts';
import type { ModelChoice } from '../../src/shared/engine-state.ts';
import { systemClock } from '../../src/worker/clock.ts';
import { makeCore } from '../../src/worker/core.ts';
import { serveTab } from '../../src/worker/serve-tab.ts';
import { openStore } from '../../src/worker/store/store.ts';
import { makePacedEngine } from './paced-engine.ts';

const model: ModelChoice = {
  id: 'paced',
  engine: 'webgpu',
  label: 'Paced',
  quantization: 'none',
  builtIn: true,
  gpuBytes: null,
  needsF16: false,
};

keepErrorCodes();

/** The real core, store and watches; only the engine is another. */
const core = makeCore({
  buildId: __BUILD_ID__,
  locks: navigator.locks,
  openChannel: (name) => new BroadcastChannel(name),
  clock: systemClock,
  openStore,
  engine: makePacedEngine(),
  devices: {
    appBase: new URL('/', location.href),
    fetch: (...request) => fetch(...request),
    openSocket: (url) => new WebSocket(url),
    userAgent: navigator.userAgent,
  },
  catalogue: {
    builtIn: model,
    list: async () => [model],
    find: async (id) => (id === model.id ? model : null),
  },
});

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) expose(serveTab(core), port);
});
