import { onTestFinished } from 'vitest';
import type { ModelsState } from '../../../src/shared/models-state.ts';
import type { Clock } from '../../../src/worker/clock.ts';
import {
  makeDownloads,
  type Downloads,
  type DownloadsOptions,
} from '../../../src/worker/models/downloads.ts';
import { stallMs } from '../../../src/worker/models/fetch-file.ts';
import type { ModelFiles } from '../../../src/worker/models/model-files.ts';
import type { DeviceFigures } from '../../../src/worker/models/fit.ts';
import { startFaultyServer, type FaultyServer } from '../../support/faulty-server.ts';
import { generateModel, type GeneratedModel } from '../../support/generated-model.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';

export const modelId = 'generated';
const folder = 'm/resolve/1/';

export interface DownloadBench {
  server: FaultyServer;
  model: GeneratedModel;
  caches: ReturnType<typeof makeMemoryCaches>;
  /** Every connection that is open now counts as dead: nothing came for so long. */
  stall(): void;
  /** A core's downloads; a second call is the next core, with what the first one kept. */
  start(free?: number | null, limits?: DeviceFigures['limits']): Downloads;
  states: Pick<ModelsState, 'downloads' | 'stored'>[];
  /** Path of a file on the server. */
  path(name: string): string;
  /** Bytes of weights that the server sent. */
  sentWeights(): number;
  /** Whether every file lies where web-llm looks for it, byte for byte. */
  isWhole(): Promise<boolean>;
}

/** A server with a generated model, and the downloads of a core without the rest of it. */
export async function makeDownloadBench(shards = 4, shardBytes = 300_000): Promise<DownloadBench> {
  const model = generateModel(shards, shardBytes);
  const path = (name: string): string => folder + name;
  const server = await startFaultyServer(
    new Map([...model.files].map(([name, bytes]) => [path(name), bytes])),
  );
  onTestFinished(() => server.close());
  const base = server.url + folder;
  const found: ModelFiles = {
    record: { model: base, model_id: modelId, model_lib: `${base}library.wasm` },
    urlOf: (name) => new URL(name, base).href,
    libraryUrl: `${base}library.wasm`,
    texts: {},
    librarySha256: null,
  };
  const source: DownloadsOptions['source'] = {
    find: async () => null,
    recordOf: async (id) => (id === modelId ? found.record : null),
    filesOf: async (id) => (id === modelId ? found : null),
    idsIn: async (folders) => (folders.includes(base) ? [modelId] : []),
  };
  const silences = new Set<() => void>();
  /** Waits are over at once, so that back-off takes no time; the end of a connection's patience comes when a test says so. */
  const clock: Clock = {
    now: () => Date.now(),
    after(ms, callback) {
      if (ms === stallMs) {
        silences.add(callback);
        return () => void silences.delete(callback);
      }
      const timer = setTimeout(callback, 1);
      return () => clearTimeout(timer);
    },
  };
  const caches = makeMemoryCaches();
  const kept = new Map<string, string>();
  const states: DownloadBench['states'] = [];

  return {
    server,
    model,
    caches,
    states,
    path,
    stall: () => silences.forEach((callback) => callback()),
    start(free = null, limits = null) {
      return makeDownloads({
        caches,
        fetch,
        freeBytes: async () => free,
        readDevice: async () => ({
          limits,
          hasF16: false,
          isSoftware: false,
          memoryBytes: null,
          isPhone: false,
          freeBytes: free,
        }),
        source,
        clock,
        settings: {
          getSetting: async (key) => kept.get(key) ?? null,
          putSetting: async (key, value) => void kept.set(key, value),
        },
        onChange: (state) => void states.push(structuredClone(state)),
      });
    },
    sentWeights: () =>
      [...server.sent].reduce((sum, [name, bytes]) => sum + (name.includes('params_shard') ? bytes : 0), 0),
    async isWhole() {
      for (const [name, bytes] of model.files) {
        const store = name.endsWith('.wasm') ? 'wasm' : name === 'mlc-chat-config.json' ? 'config' : 'model';
        const response = await (await caches.open(`webllm/${store}`)).match(base + name);
        if (!response || !Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))) return false;
      }
      return true;
    },
  };
}
