import type { ModelChoice } from '../../src/shared/engine-state.ts';
import { makeCore, type Core } from '../../src/worker/core.ts';
import type { DevicePlatform } from '../../src/worker/devices/devices.ts';
import type { Catalogue } from '../../src/worker/models/catalogue.ts';
import type { Engine } from '../../src/worker/engines/engine.ts';
import type { ModelPlatform } from '../../src/worker/models/shelf.ts';
import { openStore } from '../../src/worker/store/store.ts';
import { systemClock, type Clock } from '../../src/worker/clock.ts';
import type { FakeLocks } from './fake-locks.ts';
import type { FakeChannels } from './fake-channels.ts';

export const testModel: ModelChoice = {
  id: 'scripted',
  engine: 'webgpu',
  label: 'Scripted',
  quantization: 'none',
  builtIn: true,
  gpuBytes: 5e6,
  needsF16: false,
  about: {
    family: 'Scripted',
    source: 'built-in',
    downloadBytes: 0,
    largestBufferBytes: 0,
    contextTokens: 4096,
    licence: null,
    limits: [],
    origin: 'the tests',
  },
};

export interface TestCoreOptions {
  engine: Engine;
  locks: FakeLocks;
  channels: FakeChannels;
  clock?: Clock;
  buildId?: string;
  /** Cores with the same name share one database, as successive cores of one origin do. */
  database: string;
  catalogue?: Catalogue;
  /** For tests of what is downloaded and removed. */
  models?: ModelPlatform;
  /** The local server, for tests that reach others through it. */
  network?: Pick<DevicePlatform, 'appBase' | 'fetch'> & Partial<Pick<DevicePlatform, 'openSocket'>>;
}

/** A whole core in Node: real queue, real store on fake-indexeddb, real watches; only locks, channels and engine are fake. */
export function makeTestCore(options: TestCoreOptions): { core: Core; die(): void } {
  const owner = {};
  const core = makeCore({
    buildId: options.buildId ?? 'build-1',
    locks: options.locks.of(owner),
    openChannel: (name) => options.channels.open(owner, name),
    clock: options.clock ?? systemClock,
    openStore: (storeOptions) => openStore({ ...storeOptions, name: options.database }),
    engine: options.engine,
    ...(options.models && { models: options.models }),
    devices: {
      appBase: new URL('http://localhost/'),
      fetch: () => Promise.reject(new TypeError('There is no network in this test.')),
      openSocket: () => {
        throw new Error('There is no network in this test.');
      },
      userAgent: 'test',
      ...options.network,
    },
    catalogue: options.catalogue ?? {
      builtIn: testModel,
      list: async () => [testModel],
      find: async (id) => (id === testModel.id ? testModel : null),
    },
  });
  return {
    core,
    die() {
      options.locks.dieWith(owner);
      options.channels.close(owner);
    },
  };
}
