import 'fake-indexeddb/auto';
import { expect, it, onTestFinished } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import type { FramePort } from '../../../src/p2p/link/port-link.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import type { ServerState } from '../../../src/shared/devices-state.ts';
import type { EngineState, EngineStatus } from '../../../src/shared/engine-state.ts';
import type { TabId } from '../../../src/shared/ids.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { makeDevices } from '../../../src/worker/devices/devices.ts';
import { openStore } from '../../../src/worker/store/store.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeGuestBench, makeScriptedEngine } from '../p2p/harness.ts';
import { testName } from '../store/open-test-database.ts';
import { quiet } from './sharing-bench.ts';

const engineState = (status: EngineStatus): EngineState => ({
  model: testModel,
  status,
  running: null,
  queue: [],
  devicesOpened: 1,
  recoveries: 0,
  warming: null,
  idleMinutes: null,
});

const serverAt = (address: string): ServerState => ({
  type: 'hearth',
  addresses: [`http://${address}:4400/`],
  isThisMachine: true,
  localUrl: 'http://localhost:4400/',
});

/** The devices of a core at a server that says what `server` is. */
async function makeBench() {
  const clock = makeFakeClock(1_800_000_000_000);
  const store = openStore({ name: testName(), clock: systemClock, onState() {} });
  await store.open();
  const bench = { server: serverAt('192.168.0.2') };
  const devices = makeDevices({
    appBase: new URL('http://localhost:4400/'),
    fetch: async () => Response.json(bench.server),
    // It never opens.
    openSocket: () => Object.assign(new EventTarget(), { close() {}, send() {} }) as unknown as WebSocket,
    userAgent: 'test',
    store,
    clock,
    generate: makeScriptedEngine().generate,
    defaults: async () => ({ temperature: 0, topP: 1, maxTokens: 100, seed: null }),
    onChange() {},
    onPaired() {},
    onHosts() {},
  });
  onTestFinished(async () => {
    devices.close();
    await quiet();
    await store.close();
  });
  await devices.open();
  await quiet();
  return Object.assign(bench, { devices, clock });
}

it('a model that failed to load after a rest is still offered to guests: the next request tries again', async () => {
  const { devices, clock } = await makeBench();
  devices.followEngine(engineState({ type: 'ready' }));
  devices.sharing.openPairing();
  const offer = parsePairingOffer(devices.state.sharing.pairing?.fragment ?? '');
  if (offer === null) throw new Error('It offers a pairing.');
  const phone = makeGuestBench({ clock }, { type: 'offer', offer });
  const wire = makeMemoryLink();
  devices.sharing.accept(wire.b);
  void phone.guest.attach(wire.a);
  await quiet();
  devices.sharing.decideApproval(phone.options.key.id, 'always');
  await quiet();
  const offered = async (status: EngineStatus) => {
    devices.followEngine(engineState(status));
    await quiet();
    const { state } = phone.guest;
    return state.step === 'ready' ? (state.status.obstacle ?? state.status.model?.id) : state.step;
  };
  expect(await offered({ type: 'idle' })).toBe(testModel.id);
  const error = { code: 'model-failed', message: 'It could not be loaded.' } as const;
  expect(await offered({ type: 'failed', error })).toBe(testModel.id);
  // Without a GPU no request can help.
  expect(await offered({ type: 'missing', reason: 'The GPU is gone.' })).toBe('no-gpu');
});

it('the addresses that a pairing shows are those of now: after a wake, and whenever one is opened', async () => {
  const bench = await makeBench();
  const { devices } = bench;
  expect(devices.state.server).toEqual(serverAt('192.168.0.2'));
  bench.server = serverAt('10.0.0.7');
  const port: FramePort = { onmessage: null, postMessage() {}, close() {} };
  devices.offerGateway('tab' as TabId, port);
  port.onmessage?.({ data: { type: 'wake' } } as MessageEvent);
  await quiet();
  expect(devices.state.server).toEqual(serverAt('10.0.0.7'));
  bench.server = serverAt('172.16.0.3');
  devices.sharing.openPairing();
  await quiet();
  expect(devices.state.server).toEqual(serverAt('172.16.0.3'));
});
