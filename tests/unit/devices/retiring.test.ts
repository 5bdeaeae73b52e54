import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import { newId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { bodyOf, makeGuestBench, read, type GuestBench } from '../p2p/harness.ts';
import { quiet } from './sharing-bench.ts';

/** A computer whose core an update replaces, and a phone that was let in and asks. */
async function makeBench() {
  const [locks, channels, database] = [new FakeLocks(), new FakeChannels(), newId()];
  const start = (buildId: string) => {
    const engine = new ManualEngine();
    const network = {
      appBase: new URL('http://localhost/'),
      fetch: () => Promise.reject(new TypeError('There is no network in this test.')),
      // It never opens.
      openSocket: () => Object.assign(new EventTarget(), { close() {}, send() {} }) as unknown as WebSocket,
    };
    return { engine, ...makeTestCore({ engine, locks, channels, database, buildId, network }) };
  };
  type Started = ReturnType<typeof start>;

  const join = async ({ core }: Started, { guest }: GuestBench) => {
    await core.ready();
    const wire = makeMemoryLink();
    core.devices.sharing.accept(wire.b);
    void guest.attach(wire.a);
    await expect.poll(() => guest.state.step).not.toBe('handshake');
  };

  const old = start('build-1');
  await old.core.ready();
  const { slot, devices } = old.core;
  await slot.ensureLoaded();
  devices.sharing.openPairing();
  const offer = parsePairingOffer(devices.state.sharing.pairing?.fragment ?? '');
  if (offer === null) throw new Error('It offers a pairing.');
  const phone = makeGuestBench({ clock: makeFakeClock() }, { type: 'offer', offer });
  await join(old, phone);
  await expect.poll(() => devices.state.sharing.approvals.length).toBe(1);
  devices.sharing.decideApproval(phone.options.key.id, 'always');
  await expect.poll(() => phone.guest.state.step).toBe('ready');
  return { old, phone, join, locks, update: () => start('build-2') };
}

it('an update waits for the answer that a guest gets, and the next core answers what waited or came', async () => {
  const { old, phone, join, update } = await makeBench();
  await old.core.devices.sharing.setPolicy(phone.options.key.id, { ...defaultPolicy, running: 2 });
  const [running, waiting] = [read(phone.guest, bodyOf('one')), read(phone.guest, bodyOf('two'))];
  await expect.poll(() => old.engine.requests.length).toBe(1);
  await quiet();
  const next = update();
  await quiet();
  const late = read(phone.guest, bodyOf('three'));
  await quiet();
  old.engine.write('to the ', 2);
  old.engine.write('end', 1);
  old.engine.finish();
  await expect.poll(() => phone.guest.state.step).toBe('away');
  expect(running).toMatchObject({ text: 'to the end', last: { type: 'done', finishReason: 'stop' } });
  expect([waiting, late]).toMatchObject([{ isOver: false }, { isOver: false }]);
  next.engine.standardAnswer = 'from the next';
  await join(next, phone);
  await expect.poll(() => [waiting.text, late.text]).toEqual(['from the next', 'from the next']);
  expect([waiting.error, late.error]).toEqual([null, null]);
});

it('a person who insists on another core takes the turn of a guest that waits, and the next core answers it', async () => {
  const { old, phone, join, locks, update } = await makeBench();
  await (await FakeTab.open(old.core, locks, 'build-1')).send('Hi');
  await expect.poll(() => old.engine.requests.length).toBe(1);
  const waiting = read(phone.guest, bodyOf('one'));
  await expect.poll(() => waiting.last).toEqual({ type: 'queued', place: 1 });
  const next = update();
  next.engine.standardAnswer = 'from the next';
  await (await FakeTab.open(next.core, locks, 'build-2')).api.takeOver();
  await join(next, phone);
  await expect.poll(() => waiting.isOver).toBe(true);
  expect(waiting).toMatchObject({ text: 'from the next', error: null });
});

it('a person who insists on another core interrupts it, and no guest is told of a failure', async () => {
  const { old, phone, join, locks, update } = await makeBench();
  const [running, waiting] = [read(phone.guest, bodyOf('one')), read(phone.guest, bodyOf('two'))];
  await expect.poll(() => old.engine.requests.length).toBe(1);
  old.engine.write('so far');
  await expect.poll(() => running.text).toBe('so far');
  const next = update();
  next.engine.standardAnswer = 'from the next';
  await (await FakeTab.open(next.core, locks, 'build-2')).api.takeOver();
  await join(next, phone);
  await expect.poll(() => [running.isOver, waiting.isOver]).toEqual([true, true]);
  // The guest goes on from its text: see the peer engine.
  expect(running).toMatchObject({ text: 'so far', last: { type: 'interrupted' }, error: null });
  expect(waiting).toMatchObject({ text: 'from the next', error: null });
});
