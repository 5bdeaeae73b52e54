import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { newId } from '../../../src/shared/ids.ts';
import { doorModel, openDoorHouse } from '../../support/door-house.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

test('a model that rests and is set otherwise is still there for the devices that use it, as it is set now', async () => {
  const house = await openDoorHouse({ engine: new ManualEngine() });
  if (!house.core) throw new Error('There is a core.');
  const host = await FakeTab.open(house.core, house.locks);
  const locks = new FakeLocks();
  const { core, die } = makeTestCore({
    engine: new ManualEngine(),
    locks,
    channels: new FakeChannels(),
    database: newId(),
    network: {
      appBase: new URL(`${house.url}/`),
      fetch,
      openSocket: (url) => new WebSocket(url, { origin: house.url }) as unknown as globalThis.WebSocket,
    },
  });
  const guest = await FakeTab.open(core, locks);
  await core.ready();

  await host.api.openPairing();
  const shown = await host.watch('devices');
  await expect.poll(() => shown.state.sharing.reach).toBe('online');
  await guest.api.pair({ fragment: shown.state.sharing.pairing?.fragment ?? '' });
  await expect.poll(() => shown.state.sharing.approvals).toHaveLength(1);
  const [asking] = shown.state.sharing.approvals;
  if (!asking) throw new Error('It asks to come in.');
  await host.api.decideApproval(asking.id, 'always');
  const model = () => core.devices.hosts.ready[0]?.status.model;
  await expect.poll(model).toMatchObject({ id: doorModel, sampling: { temperature: 0 } });

  await host.api.unload();
  await host.api.setModelSettings(doorModel, { temperature: 0.5 });
  await expect.poll(model).toMatchObject({ id: doorModel, sampling: { temperature: 0.5 } });
  die();
  await house.close();
});
