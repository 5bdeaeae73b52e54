import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { newId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

const minute = 60_000;

async function openHouse(database: string = newId()) {
  const engine = new ManualEngine();
  const clock = makeFakeClock();
  const locks = new FakeLocks();
  const { core, die } = makeTestCore({ engine, clock, locks, channels: new FakeChannels(), database });
  const tab = await FakeTab.open(core, locks);
  await core.ready();
  await core.slot.ensureLoaded();
  const state = await tab.watch('engine');
  return { engine, clock, core, tab, die, state, database };
}

it('frees the GPU after half an hour without a question, and the next message loads the model again', async () => {
  const { engine, clock, tab, state } = await openHouse();
  clock.advance(29 * minute);
  await tab.send('Hi');
  await expect.poll(() => engine.requests.length).toBe(1);
  // An answer that takes long is no rest, and after it the time begins anew.
  clock.advance(40 * minute);
  engine.write('Hello');
  engine.finish();
  await expect.poll(() => state.state.running).toBe(null);
  clock.advance(29 * minute);
  expect(engine.loadedModel).toBe('scripted');
  clock.advance(2 * minute);
  await expect.poll(() => engine.loadedModel).toBe(null);
  await expect.poll(() => state.state.status.type).toBe('idle');
  await tab.send('Again');
  await expect.poll(() => engine.requests.length).toBe(2);
  expect(engine.loadedModel).toBe('scripted');
});

it('takes another time, or never, and keeps it for later starts', async () => {
  const first = await openHouse();
  expect(first.state.state.idleMinutes).toBe(30);
  await first.tab.api.setIdleMinutes(5);
  await expect.poll(() => first.state.state.idleMinutes).toBe(5);
  first.clock.advance(6 * minute);
  await expect.poll(() => first.engine.loadedModel).toBe(null);
  await first.tab.api.setIdleMinutes(null);
  first.die();

  const second = await openHouse(first.database);
  expect(second.state.state.idleMinutes).toBe(null);
  second.clock.advance(10_000 * minute);
  await Promise.resolve();
  expect(second.engine.loadedModel).toBe('scripted');
});
