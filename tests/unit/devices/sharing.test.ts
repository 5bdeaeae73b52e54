import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { deviceIdOf } from '../../../src/p2p/session/device-key.ts';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { bodyOf, done, read, started, text } from '../p2p/harness.ts';
import { again, call, guestOf, letIn, makeShareBench, quiet } from './sharing-bench.ts';

describe('what the person allows', () => {
  it('a pause begins nothing new, for one device and for all', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const { id } = guestOf(bench);
    const running = read(phone.guest, bodyOf('before'));
    await quiet();
    await bench.engine.runs[0]?.emit(started);
    const last = async () => {
      const reading = read(phone.guest, bodyOf('x'));
      await quiet();
      return reading.last;
    };
    await bench.sharing.pause(true);
    expect(bench.sharing.state.isPaused).toBe(true);
    expect(await last()).toEqual({ type: 'refused', reason: 'paused', retryAfter: null });
    expect(phone.guest.state).toMatchObject({ status: { isPaused: true } });
    await bench.engine.runs[0]?.emit(text('goes on'), done);
    expect(running.text).toBe('goes on');
    await bench.sharing.pause(false);
    await bench.sharing.setPolicy(id, { ...defaultPolicy, isPaused: true });
    expect(await last()).toEqual({ type: 'refused', reason: 'paused', retryAfter: null });
    await bench.sharing.setPolicy(id, defaultPolicy);
    await last();
    expect(bench.engine.runs).toHaveLength(2);
  });

  it('a pause outlives a restart, and so does its end', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    await bench.sharing.pause(true);
    bench.sharing.close();
    await quiet();
    const next = await makeShareBench(bench);
    expect(next.sharing.state.isPaused).toBe(true);
    const back = again(next, phone);
    await call(next, back);
    expect(back.guest.state).toMatchObject({ step: 'ready', status: { isPaused: true } });
    const reading = read(back.guest, bodyOf('x'));
    await quiet();
    expect(reading.last).toEqual({ type: 'refused', reason: 'paused', retryAfter: null });
    await next.sharing.pause(false);
    next.sharing.close();
    await quiet();
    expect((await makeShareBench(bench)).sharing.state.isPaused).toBe(false);
  });

  it('stop ends what runs and waits, at once', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const readings = [read(phone.guest, bodyOf('one')), read(phone.guest, bodyOf('two'))];
    await quiet();
    expect(guestOf(bench)).toMatchObject({ running: 1, waiting: 1 });
    await bench.engine.runs[0]?.emit(started, text('some'));
    bench.sharing.stopNow();
    await quiet();
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    expect(readings.map(({ last }) => last)).toMatchObject([
      { type: 'done', finishReason: 'cancelled' },
      { type: 'done', finishReason: 'cancelled' },
    ]);
    expect(guestOf(bench)).toMatchObject({ running: 0, waiting: 0 });
  });

  it('limits hold, are explained to the guest, and stay over a restart', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const policy = { ...defaultPolicy, promptChars: 100, maxTokens: 2, tokensPerHour: 2, waiting: 0 };
    await bench.sharing.setPolicy(guestOf(bench).id, policy);
    expect(guestOf(bench).policy).toEqual(policy);
    const [long, fits, second] = [bodyOf('x'.repeat(101)), bodyOf('one'), bodyOf('two')].map((body) =>
      read(phone.guest, body),
    );
    await quiet();
    expect(long?.last).toMatchObject({ type: 'refused', reason: 'prompt-too-long' });
    expect(second?.last).toMatchObject({ type: 'refused', reason: 'device-full' });
    expect(bench.engine.runs[0]?.body.sampling.maxTokens).toBe(2);
    await bench.engine.runs[0]?.emit(started, text('a'), text('b'), done);
    expect(fits?.last).toEqual(done);
    const later = read(phone.guest, bodyOf('three'));
    await quiet();
    expect(later.last).toEqual({ type: 'refused', reason: 'hourly-limit', retryAfter: expect.any(Number) });
    bench.sharing.close();
    await quiet();
    const next = await makeShareBench(bench);
    expect(guestOf(next).policy).toEqual(policy);
  });

  it.each([
    ['no number', { tokensPerHour: Number.NaN }, 'Tokens in an hour: a whole number from 1 to 10,000,000.'],
    ['a part of one', { maxTokens: 1.5 }, 'Tokens in one answer: a whole number from 1 to 100,000.'],
    ['none at all', { running: 0 }, 'Requests at once: a whole number from 1 to 4.'],
    ['too many', { waiting: 21 }, 'Requests that may wait: a whole number from 0 to 20.'],
    ['below nothing', { promptChars: -1 }, 'Characters in one prompt: a whole number from 100 to 1,000,000.'],
    ['text', { maxTokens: '5' }, 'Tokens in one answer'],
    ['something unknown', { nice: true }, 'nice'],
  ])('limits that cannot be are refused: %s', async (_, change, message) => {
    const bench = await makeShareBench();
    await letIn(bench);
    const { id } = guestOf(bench);
    const policy = { ...defaultPolicy, ...change } as typeof defaultPolicy;
    await expect(bench.sharing.setPolicy(id, policy)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(message),
    });
    expect(guestOf(bench).policy).toEqual(defaultPolicy);
  });

  it('a name is kept, cleaned, and told nobody else', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const { id } = guestOf(bench);
    await bench.sharing.rename(id, '  Kitchen\u202E\n tablet ');
    expect(guestOf(bench).name).toBe('Kitchen tablet');
    await expect(bench.sharing.rename(id, ' \u0000 ')).rejects.toMatchObject({ code: 'bad-input' });
    phone.wire.cut();
    await call(bench, phone);
    expect(guestOf(bench).name).toBe('Kitchen tablet');
  });

  it('of a device that is not here', async () => {
    const bench = await makeShareBench();
    const nobody = deviceIdOf(new Uint8Array(32));
    const error = { code: 'not-found' };
    await expect(bench.sharing.rename(nobody, 'Name')).rejects.toMatchObject(error);
    await expect(bench.sharing.setPolicy(nobody, defaultPolicy)).rejects.toMatchObject(error);
    await bench.sharing.revoke(nobody);
    bench.sharing.decideApproval(nobody, 'always');
    await quiet();
    expect(bench.sharing.state.guests).toEqual([]);
  });
});

describe('revoking', () => {
  it('in the middle of an answer stops it, and the device cannot come back', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const reading = read(phone.guest, bodyOf('Tell me'));
    await quiet();
    await bench.engine.runs[0]?.emit(started, text('one '));
    const copied = structuredClone([...phone.store.records.values()]);
    const revoking = bench.sharing.revoke(phone.options.key.id);
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    await revoking;
    await bench.engine.runs[0]?.emit(text('two '));
    expect(reading.text).toBe('one ');
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'revoked' });
    expect(bench.sharing.state).toMatchObject({ guests: [], reach: 'off' });
    // With all that it ever knew, and somebody else being added, so that the host can be found.
    bench.sharing.openPairing();
    const back = again(bench, phone);
    for (const record of copied) await back.store.put(record);
    await call(bench, back);
    expect(back.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });
  });

  it('and pairing again is no new hour', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const { id } = guestOf(bench);
    const reading = read(phone.guest, bodyOf('x'));
    await quiet();
    await bench.engine.runs[0]?.emit(started, text('a'), text('b'), text('c'), done);
    expect(reading.last).toEqual(done);
    await bench.sharing.revoke(id);
    const back = await letIn(bench);
    expect(back.options.key.id).toBe(id);
    expect(guestOf(bench).tokensLastHour).toBe(3);
    await bench.sharing.setPolicy(id, { ...defaultPolicy, tokensPerHour: 3 });
    const more = read(back.guest, bodyOf('y'));
    await quiet();
    expect(more.last).toMatchObject({ type: 'refused', reason: 'hourly-limit' });
  });

  it('all of them leaves nobody, near or far', async () => {
    const bench = await makeShareBench();
    const far = await letIn(bench, 'Far');
    far.wire.cut();
    const near = await letIn(bench, 'Near');
    expect(bench.sharing.state.guests.map(({ name }) => name).toSorted()).toEqual(['Far', 'Near']);
    await bench.sharing.revokeAll();
    expect(bench.sharing.state).toMatchObject({ guests: [], reach: 'off' });
    expect(near.guest.state).toEqual({ step: 'ended', reason: 'revoked' });
    expect(await bench.store.listDevices('guests')).toEqual([]);
  });
});

describe('words to the tabs', () => {
  it('come at most ten times in a second, and the last one is true', async () => {
    const bench = await makeShareBench();
    await letIn(bench);
    bench.clock.advance(200);
    await quiet();
    const before = bench.published;
    for (let change = 0; change < 100; change += 1) {
      void bench.sharing.pause(change % 2 === 0);
      bench.clock.advance(10);
      await quiet();
    }
    expect(bench.published - before).toBeGreaterThan(5);
    expect(bench.published - before).toBeLessThanOrEqual(11);
    bench.clock.advance(100);
    await quiet();
    const after = bench.published;
    bench.clock.advance(10_000);
    await quiet();
    expect(bench.published).toBe(after);
  });

  it('tell about once a second how many tokens a device has had', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    read(phone.guest, bodyOf('x', 1_000));
    await quiet();
    bench.clock.advance(100);
    await quiet();
    const before = bench.published;
    await bench.engine.runs[0]?.emit(started);
    for (let token = 0; token < 300; token += 1) {
      await bench.engine.runs[0]?.emit(text('x'));
      bench.clock.advance(10);
      await quiet();
    }
    const told = bench.published - before;
    expect(told).toBeGreaterThanOrEqual(2);
    expect(told).toBeLessThanOrEqual(4);
    expect(guestOf(bench).tokensLastHour).toBe(300);
  });

  it('end when this life of the core does', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    bench.clock.advance(1_000);
    await quiet();
    // A word is on its way.
    void bench.sharing.pause(true);
    bench.sharing.close();
    const before = bench.published;
    expect(bench.relay.isOpen).toBe(false);
    await quiet();
    bench.clock.advance(200_000);
    await quiet();
    expect(bench.published).toBe(before);
    expect(bench.relay.isOpen).toBe(false);
    expect(phone.guest.state.step).toBe('away');
  });

  it('say when a device was last here', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const came = bench.clock.now();
    for (let minute = 0; minute < 12; minute += 1) {
      bench.clock.advance(4_000);
      await quiet();
    }
    phone.wire.cut();
    await quiet();
    expect(guestOf(bench)).toMatchObject({ paths: [], lastSeen: came + 48_000 });
    const stored = await bench.store.listDevices('guests');
    expect(stored).toMatchObject([{ id: phone.options.key.id, lastSeen: came + 48_000 }]);
  });
});
