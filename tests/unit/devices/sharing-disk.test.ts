import 'fake-indexeddb/auto';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { bodyOf, done, read, started, text } from '../p2p/harness.ts';
import { watchDisk } from '../store/full-disk.ts';
import {
  again,
  askToPair,
  call,
  decide,
  guestOf,
  letIn,
  makeShareBench,
  quiet,
  type ShareBench,
} from './sharing-bench.ts';

/** The database refuses to forget anybody, until the mock is restored. */
const refuseRemoval = (bench: ShareBench) =>
  vi
    .spyOn(bench.store, 'removeDevice')
    .mockRejectedValue(new AppError('storage-failed', 'The browser could not write.'));

describe.each(['put', 'commit'] as const)('a disk that is full when records are %s', (at) => {
  it('lets a device in that the person allows, and tells that it is not for always', async () => {
    const bench = await makeShareBench();
    const disk = watchDisk(at);
    const phone = await askToPair(bench);
    disk.isFull = true;
    await decide(bench, 'always');
    expect(phone.guest.state.step).toBe('ready');
    expect(bench.sharing.state.warning).toContain('“Phone” could not be saved');
    const reading = read(phone.guest, bodyOf('x'));
    await quiet();
    await bench.engine.runs[0]?.emit(started, text('Hello'), done);
    expect(reading.text).toBe('Hello');
    disk.isFull = false;
    bench.sharing.close();
    await quiet();
    const next = await makeShareBench(bench);
    expect(next.sharing.state.guests).toEqual([]);
    next.sharing.openPairing();
    const later = again(next, phone);
    await call(next, later);
    expect(later.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });
  });

  it('keeps a denied device out', async () => {
    const bench = await makeShareBench();
    const disk = watchDisk(at);
    const phone = await askToPair(bench);
    disk.isFull = true;
    await decide(bench, 'deny');
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'denied' });
    expect(bench.sharing.state.guests).toEqual([]);
  });

  it('loses no paired device: it waits outside, and is back when there is room', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const disk = watchDisk(at);
    disk.isFull = true;
    phone.wire.cut();
    await quiet();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await call(bench, phone);
      expect(phone.guest.state.step).toBe('away');
    }
    disk.isFull = false;
    await call(bench, phone);
    expect(phone.guest.state.step).toBe('ready');
    expect(bench.sharing.state).toMatchObject({ approvals: [], warning: null });
  });

  it('does not keep the person’s pause from holding, and tells that it will not outlive a restart', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const disk = watchDisk(at);
    disk.isFull = true;
    await bench.sharing.pause(true);
    await quiet();
    expect(bench.sharing.state.isPaused).toBe(true);
    expect(phone.guest.state).toMatchObject({ status: { isPaused: true } });
    expect(bench.sharing.state.warning).toContain('Sharing is paused, but this could not be saved');
  });

  it('keeps limits as they were, and says why', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const guest = guestOf(bench);
    const disk = watchDisk(at);
    disk.isFull = true;
    const stricter = { ...guest.policy, maxTokens: 1 };
    await expect(bench.sharing.setPolicy(guest.id, stricter)).rejects.toMatchObject({ code: 'storage-full' });
    await expect(bench.sharing.rename(guest.id, 'Other')).rejects.toMatchObject({ code: 'storage-full' });
    expect(bench.sharing.state.guests).toMatchObject([{ name: 'Phone', policy: guest.policy }]);
    expect(phone.guest.state.step).toBe('ready');
  });
});

describe('a database that forgets nothing', () => {
  it('brings no denied device back, although it was paired before', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    phone.wire.cut();
    await quiet();
    const copied = structuredClone([...phone.store.records.values()]);
    const once = await askToPair(bench);
    refuseRemoval(bench);
    await decide(bench, 'deny');
    expect(once.guest.state).toEqual({ step: 'ended', reason: 'denied' });
    // With the secret of its first pairing, which the database still has.
    bench.sharing.openPairing();
    const back = again(bench, phone);
    for (const record of copied) await back.store.put(record);
    await call(bench, back);
    expect(back.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });
  });

  it('keeps no revoked device: it is out at once, the person is told, and can try again', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const far = await letIn(bench, 'Far');
    far.wire.cut();
    const reading = read(phone.guest, bodyOf('x'));
    await quiet();
    await bench.engine.runs[0]?.emit(started, text('some'));
    const removal = refuseRemoval(bench);
    await expect(bench.sharing.revokeAll()).rejects.toMatchObject({ code: 'storage-failed' });
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    expect(reading.isOver).toBe(true);
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'revoked' });
    await quiet();
    await call(bench, far);
    expect(far.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });
    expect(bench.sharing.state.guests).toHaveLength(2);
    removal.mockRestore();
    await bench.sharing.revokeAll();
    expect(bench.sharing.state).toMatchObject({ guests: [], reach: 'off' });
  });

  it('and one that cannot be listed keeps nobody’s answer running', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    read(phone.guest, bodyOf('x'));
    await quiet();
    const listing = vi
      .spyOn(bench.store, 'listDevices')
      .mockRejectedValue(new AppError('storage-failed', 'The browser could not read.'));
    await expect(bench.sharing.revokeAll()).rejects.toMatchObject({ code: 'storage-failed' });
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    listing.mockRestore();
    await quiet();
    expect(await bench.store.listDevices('guests')).toEqual([]);
  });
});
