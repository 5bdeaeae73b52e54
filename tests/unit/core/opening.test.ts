import 'fake-indexeddb/auto';
import { expect, it, vi } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { newId } from '../../../src/shared/ids.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { modelSetting } from '../../../src/worker/model-choice.ts';
import { openStore, type Store } from '../../../src/worker/store/store.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

const failure = new AppError('storage-failed', 'The browser could not read or save conversations.');

const options = () => ({
  engine: new ManualEngine(),
  locks: new FakeLocks(),
  channels: new FakeChannels(),
  database: newId(),
});

/** Lets the first call fail that asks for this. */
function failOnce(
  store: Store,
  method: 'open' | 'listConversations' | 'getSetting' | 'listDevices',
  asked?: string,
): void {
  const real = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
  let hasFailed = false;
  const failing = async (...args: unknown[]): Promise<unknown> => {
    if (!hasFailed && args[0] === asked) {
      hasFailed = true;
      throw failure;
    }
    return real(...args);
  };
  vi.spyOn(store, method).mockImplementation(failing as never);
}

it.each([
  ['the database', 'open', undefined],
  ['the conversations', 'listConversations', undefined],
  ['the settings of models', 'getSetting', 'model-settings'],
  ['the time until the GPU is freed', 'getSetting', 'idle-minutes'],
  ['what this device is', 'getSetting', 'device-key'],
  ['the devices that may come', 'listDevices', 'guests'],
  ['the devices to go to', 'listDevices', 'hosts'],
  ['the servers', 'getSetting', 'servers'],
  ['the chosen model', 'getSetting', modelSetting],
] as const)('a core that could not read %s opens when it is asked again', async (_what, method, asked) => {
  const { engine, locks, ...rest } = options();
  engine.standardAnswer = 'Hello.';
  const { core } = makeTestCore({ engine, locks, ...rest });
  failOnce(core.store, method, asked);
  const tab = await FakeTab.open(core, locks);
  await expect(tab.send('Hi')).rejects.toMatchObject({ code: 'storage-failed' });
  const view = await tab.watch('core');
  expect(view.state.phase).toBe('opening');
  const ids = await tab.send('Hi');
  await expect.poll(() => view.state.phase).toBe('open');
  await expect
    .poll(async () => (await core.store.readMessages(ids.conversationId)).at(-1))
    .toMatchObject({ text: 'Hello.', state: 'done' });
});

it('a view that was asked for before a core could open is there once it has', async () => {
  const { engine, locks, ...rest } = options();
  const { core } = makeTestCore({ engine, locks, ...rest });
  failOnce(core.store, 'listConversations');
  const tab = await FakeTab.open(core, locks);
  const sending = tab.send('Hi');
  const list = tab.watch('conversations');
  await expect(sending).rejects.toMatchObject({ code: 'storage-failed' });
  const { conversationId } = await tab.send('Hi again');
  const { state } = await list;
  await expect.poll(() => state.conversations[conversationId]?.title).toBe('Hi again');
});

it('a core that opens at its second try is at the relay once', async () => {
  const { database, ...rest } = options();
  const before = openStore({ clock: systemClock, name: database, onState() {} });
  await before.open();
  const { id, publicKey } = makeDeviceKey();
  await before.putDevice('guests', {
    id,
    publicKey,
    name: 'Phone',
    platform: 'Android',
    firstSeen: 1,
    lastSeen: 1,
    psks: [new Uint8Array(32)],
    policy: defaultPolicy,
    route: '',
  });
  await before.close();

  const sockets: WebSocket[] = [];
  const open = new Set<WebSocket>();
  const { core } = makeTestCore({
    ...rest,
    database,
    network: {
      appBase: new URL('http://localhost/'),
      fetch: () => Promise.reject(new TypeError('There is no network in this test.')),
      openSocket() {
        const socket = Object.assign(new EventTarget(), {
          close: () => void open.delete(socket),
        }) as unknown as WebSocket;
        sockets.push(socket);
        open.add(socket);
        return socket;
      },
    },
  });
  failOnce(core.store, 'listDevices', 'hosts');
  await expect(core.ready()).rejects.toMatchObject({ code: 'storage-failed' });
  await core.ready();
  await expect.poll(() => open.size).toBe(1);
  expect(sockets.length).toBeGreaterThan(1);
});
