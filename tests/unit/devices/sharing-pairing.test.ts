import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import type { DeviceId } from '../../../src/shared/ids.ts';
import { makeApprovals } from '../../../src/worker/devices/approvals.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { bodyOf, done, makeGuestBench, read, started, text } from '../p2p/harness.ts';
import { again, askToPair, call, decide, guestOf, letIn, makeShareBench, quiet } from './sharing-bench.ts';

describe('who finds this device', () => {
  it('nobody, before somebody may come', async () => {
    const bench = await makeShareBench();
    await quiet();
    expect(bench.relay.opened).toBe(0);
    expect(bench.isListening).toBe(false);
    expect(bench.sharing.state).toEqual({
      obstacle: null,
      isPaused: false,
      reach: 'off',
      pairing: null,
      approvals: [],
      guests: [],
      warning: null,
    });
  });

  it('a device that is being added, for as long as the offer stands', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    expect(bench.relay).toMatchObject({ opened: 1, isOpen: true, isPairing: true });
    expect(bench.isListening).toBe(true);
    expect(bench.sharing.state.reach).toBe('connecting');
    bench.relay.onState('online');
    expect(bench.sharing.state.reach).toBe('online');
    expect(bench.sharing.state.pairing).toMatchObject({
      fragment: expect.stringContaining(`#p=1.${bench.route}.`),
      code: expect.stringMatching(/^\d{8}$/),
      expiresAt: bench.clock.now() + 120_000,
    });
    bench.clock.advance(120_000);
    expect(bench.sharing.state).toMatchObject({ pairing: null, reach: 'off' });
    expect(bench.relay.isOpen).toBe(false);
    expect(bench.isListening).toBe(false);
    bench.sharing.openPairing();
    bench.sharing.closePairing();
    expect(bench.relay).toMatchObject({ opened: 2, isOpen: false });
  });

  it('a paired device, in later lives of this one too, but not as one that is being added', async () => {
    const first = await makeShareBench();
    const phone = await letIn(first);
    expect(first.relay).toMatchObject({ isOpen: true, isPairing: false });
    first.sharing.close();
    expect(first.relay.isOpen).toBe(false);
    await quiet();
    const second = await makeShareBench(first);
    expect(second.relay).toMatchObject({ opened: 1, isOpen: true, isPairing: false });
    expect(second.sharing.state.guests).toMatchObject([
      { name: 'Phone', platform: 'Android', isApproved: true, paths: [], lastSeen: first.clock.now() },
    ]);
    await call(second, phone);
    expect(phone.guest.state.step).toBe('ready');
    expect(second.sharing.state).toMatchObject({ approvals: [], guests: [{ paths: ['relay'] }] });
  });

  it('anew when the server comes back, or the network', async () => {
    const bench = await makeShareBench();
    bench.sharing.reconnect();
    bench.sharing.retryNow();
    expect(bench.relay).toMatchObject({ opened: 0, retries: 0 });
    bench.sharing.openPairing();
    bench.sharing.reconnect();
    expect(bench.relay).toMatchObject({ opened: 2, isOpen: true, isPairing: true });
    bench.sharing.retryNow();
    expect(bench.relay.retries).toBe(1);
  });

  it('nobody at a device that has nothing to share', async () => {
    const bench = await makeShareBench();
    bench.obstacle = 'This browser has no WebGPU.';
    expect(() => bench.sharing.openPairing()).toThrow('This browser has no WebGPU.');
    expect(bench.sharing.state).toMatchObject({ obstacle: 'This browser has no WebGPU.', pairing: null });
    expect(bench.relay.opened).toBe(0);
  });
});

describe('a new device', () => {
  it('comes from the link to its first token by one answer of the host’s person', async () => {
    const bench = await makeShareBench();
    const phone = await askToPair(bench);
    const [question] = bench.sharing.state.approvals;
    expect(phone.guest.state).toMatchObject({ step: 'approval', comparison: question?.comparison });
    expect(question).toEqual({
      id: phone.options.key.id,
      name: 'Phone',
      platform: 'Android',
      comparison: expect.stringMatching(/^\d{6}$/),
      isNameTaken: false,
    });
    expect(bench.sharing.state).toMatchObject({ pairing: null, guests: [{ isApproved: false }] });
    const early = read(phone.guest, bodyOf('too early'));
    await quiet();
    expect(bench.engine.runs).toEqual([]);

    await decide(bench, 'always');
    expect(bench.sharing.state.approvals).toEqual([]);
    expect(phone.guest.state).toMatchObject({ step: 'ready', status: { name: 'Chrome on Linux' } });
    await bench.engine.runs[0]?.emit(started, text('At last'), done);
    expect(early.text).toBe('At last');
    expect(bench.askedFor).toEqual([{ id: phone.options.key.id, name: 'Phone' }]);
    expect(guestOf(bench)).toEqual({
      id: phone.options.key.id,
      name: 'Phone',
      platform: 'Android',
      lastSeen: bench.clock.now(),
      isApproved: true,
      paths: ['relay'],
      running: 0,
      waiting: 0,
      tokensLastHour: 1,
      policy: defaultPolicy,
    });
  });

  it('comes by the code that the host shows', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    const code = bench.sharing.state.pairing?.code ?? '';
    const phone = makeGuestBench(bench, { type: 'code', code });
    await call(bench, phone);
    await decide(bench, 'always');
    const reading = read(phone.guest, bodyOf('Hi'));
    await quiet();
    await bench.engine.runs[0]?.emit(started, text('Hello'), done);
    expect(reading.text).toBe('Hello');
    expect(bench.sharing.state.warning).toBeNull();
  });

  it('with a wrong code is refused, and the person is told', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    for (const left of [2, 1, 0]) {
      const code = bench.sharing.state.pairing?.code ?? '';
      const wrong = code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`;
      const stranger = makeGuestBench(bench, { type: 'code', code: wrong }, { name: `Guess ${left}` });
      await call(bench, stranger);
      expect(stranger.guest.state.step).toBe('away');
      expect(bench.sharing.state.warning).toContain('wrong code');
      expect(bench.sharing.state.pairing?.code ?? null).toEqual(
        left === 0 ? null : expect.not.stringMatching(code),
      );
      bench.sharing.dismissWarning();
      expect(bench.sharing.state.warning).toBeNull();
    }
    expect(bench.sharing.state).toMatchObject({ approvals: [], guests: [] });
    // The link is as good as before.
    expect(bench.sharing.state.pairing?.fragment).toMatch(/^#p=1\./);
  });

  it('that says it is paired and cannot prove it is refused, and the person is told', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    phone.wire.cut();
    await quiet();
    const { store } = phone;
    for (const record of store.records.values()) record.psks = [new Uint8Array(32)];
    const thief = again(bench, phone);
    await call(bench, thief);
    expect(thief.guest.state.step).toBe('away');
    expect(bench.sharing.state.warning).toContain('says it is paired');
  });

  it('of another version is refused, and that is nobody’s fault', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    const code = bench.sharing.state.pairing?.code ?? '';
    const versions = { min: 200, max: 201 };
    const newer = makeGuestBench(bench, { type: 'code', code }, { versions });
    await call(bench, newer);
    expect(newer.guest.state).toEqual({ step: 'away', fault: 'version' });
    expect(bench.sharing.state.warning).toBeNull();
  });

  it('that is let in once is a stranger after a restart', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench, 'Visitor', 'once');
    phone.wire.cut();
    await call(bench, phone);
    expect(phone.guest.state.step).toBe('ready');
    bench.sharing.close();
    await quiet();
    const next = await makeShareBench(bench);
    expect(next.sharing.state).toMatchObject({ guests: [], reach: 'off' });
  });

  it('that is denied is gone, and nobody is expected any more', async () => {
    const bench = await makeShareBench();
    const phone = await askToPair(bench);
    await decide(bench, 'deny');
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'denied' });
    bench.clock.advance(1_000);
    await quiet();
    expect(bench.sharing.state).toMatchObject({ approvals: [], guests: [], reach: 'off' });
    expect(await bench.store.listDevices('guests')).toEqual([]);
    expect(bench.engine.runs).toEqual([]);
  });

  it('that nobody answers for two minutes is denied', async () => {
    const bench = await makeShareBench();
    const phone = await askToPair(bench);
    for (let second = 0; second < 119; second += 1) {
      bench.clock.advance(1_000);
      await quiet();
    }
    expect(bench.sharing.state.approvals).toHaveLength(1);
    bench.clock.advance(1_000);
    await quiet();
    expect(bench.sharing.state.approvals).toEqual([]);
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'denied' });
  });

  it('that is revoked while the person is asked is asked about no more', async () => {
    const bench = await makeShareBench();
    const phone = await askToPair(bench);
    await bench.sharing.revoke(phone.options.key.id);
    expect(bench.sharing.state).toMatchObject({ approvals: [], guests: [] });
    // Too late a click changes nothing.
    bench.sharing.decideApproval(phone.options.key.id, 'always');
    await quiet();
    expect(await bench.store.listDevices('guests')).toEqual([]);
    expect(phone.guest.state.step).toBe('ended');
  });

  it('that went away before the person could be asked is not asked about', async () => {
    const approvals = makeApprovals(makeFakeClock(), () => expect.unreachable('Nobody is asked.'));
    const id = 'a'.repeat(16) as DeviceId;
    const request = { id, name: 'Phone', platform: '', comparison: '123456', isNameTaken: false };
    expect(await approvals.ask(request, AbortSignal.abort())).toBe('deny');
    expect(approvals.views).toEqual([]);
  });

  it('with the name of another is marked', async () => {
    const bench = await makeShareBench();
    await letIn(bench, 'Phone');
    bench.sharing.openPairing();
    const code = bench.sharing.state.pairing?.code ?? '';
    const copy = makeGuestBench(
      bench,
      { type: 'code', code },
      {
        name: 'PHONE',
        introduction: { name: 'PHONE', platform: '' },
      },
    );
    await call(bench, copy);
    expect(bench.sharing.state.approvals).toMatchObject([{ name: 'PHONE', isNameTaken: true }]);
  });
});
