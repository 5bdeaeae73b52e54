import { expose } from 'comlink';
import { systemClock } from '../../../src/worker/clock.ts';
import { makeWebgpuEngine } from '../../../src/worker/engines/webgpu-engine.ts';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { makeDownloads } from '../../../src/worker/models/downloads.ts';
import { inspectFolder } from '../../../src/worker/models/inspect-folder.ts';
import { readerOfUrl } from '../../../src/worker/models/folder-reader.ts';
import { countGpu } from './gpu-count.ts';

const count = countGpu();
const appBase = new URL('/', location.href);
const get: typeof fetch = (...request) => fetch(...request);
const catalogue = makeCatalogue(appBase);
const engine = makeWebgpuEngine({ catalogue });
const ids = [catalogue.builtIn.id];

const api = {
  /** Adds a second model: the built-in one's files, taken for a model of one's own. */
  async addTwin(): Promise<void> {
    const fetching = { fetch: get, clock: systemClock, signal: new AbortController().signal };
    const reader = readerOfUrl(new URL('models/pocket/resolve/9/', appBase), fetching);
    const model = await inspectFolder(reader, { appBase, ...fetching });
    catalogue.setOwn([model]);
    const downloads = makeDownloads({
      caches,
      fetch: get,
      freeBytes: async () => null,
      source: catalogue,
      clock: systemClock,
      settings: { getSetting: async () => null, putSetting: async () => {} },
      onChange: () => {},
    });
    await downloads.ensure(model.id, model.label);
    ids.push(model.id);
  },

  /** Loads the model whose turn it is, lets it say a word, and gives what is in use then. */
  async load(turn: number) {
    const id = ids[turn % ids.length] ?? '';
    const model = await catalogue.find(id);
    if (!model) throw new Error(`There is no ${id}.`);
    const signal = new AbortController().signal;
    await engine.load(model, { signal, onProgress: () => {} });
    const sampling = { temperature: 0, topP: 1, maxTokens: 2, seed: null };
    const turns = [{ role: 'user' as const, text: 'Hello!' }];
    for await (const event of engine.generate({ model, turns, prefix: '', sampling }, signal)) void event;
    return count();
  },

  async unload() {
    await engine.unload();
    return count();
  },
};
export type SwitchingApi = typeof api;

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) expose(api, port);
});
