import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { makeHost } from '../../../src/p2p/session/host.ts';
import type { HostBench } from './harness.ts';
import { bodyOf, connect, done, makeGuestBench, makePaired, read, settle, started, text } from './harness.ts';

const deviceOf = (bench: HostBench) => {
  const [device] = bench.host.devices;
  if (device === undefined) throw new Error('No device.');
  return device;
};

describe('a pause', () => {
  it('takes back what waits in a queue of the engine, and nobody hears of a failure', async () => {
    const { bench, phone } = await makePaired();
    const reading = read(phone.guest, bodyOf('a'));
    await settle();
    await bench.engine.runs[0]?.emit({ type: 'queued', place: 2 });
    for (const run of [0, 1]) {
      bench.host.pause(true);
      await settle();
      expect(bench.engine.runs[run]?.signal.aborted).toBe(true);
      expect(deviceOf(bench)).toMatchObject({ running: 0, waiting: 1 });
      expect(reading.last).toEqual({ type: 'queued', place: 1 });
      bench.host.pause(false);
      await settle();
    }
    expect(bench.engine.runs.map(({ body }) => body)).toEqual([bodyOf('a'), bodyOf('a'), bodyOf('a')]);
    await bench.engine.runs[2]?.emit(started, text('once'), done);
    expect(reading).toMatchObject({ text: 'once', last: done, error: null });
  });

  it('leaves alone what has begun', async () => {
    const { bench, phone } = await makePaired();
    const reading = read(phone.guest, bodyOf('a'));
    await settle();
    await bench.engine.runs[0]?.emit(started);
    bench.host.pause(true);
    await bench.engine.runs[0]?.emit(text('whole'), done);
    expect(reading).toMatchObject({ text: 'whole', last: done, error: null });
    expect(bench.engine.runs).toHaveLength(1);
  });
});

describe('a device that comes back without its memory', () => {
  it('is not kept waiting by what it asked before', async () => {
    const { bench, phone, wire } = await makePaired();
    for (const prompt of ['running', 'waiting']) read(phone.guest, bodyOf(prompt));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('for nobody'));
    wire.cut();
    await settle();
    const reloaded = makeGuestBench(
      bench,
      { type: 'known', id: bench.options.key.id },
      { key: phone.options.key, store: phone.store },
    );
    await connect(bench.host, reloaded.guest);
    const readings = ['a', 'b', 'c'].map((prompt) => read(reloaded.guest, bodyOf(prompt)));
    await settle();
    expect(bench.engine.runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(bench.engine.runs[1]?.body).toEqual(bodyOf('a'));
    // What waited before takes no place either.
    expect(readings.map(({ last }) => last)).toEqual([
      undefined,
      { type: 'queued', place: 1 },
      { type: 'queued', place: 2 },
    ]);
    await bench.engine.runs[1]?.emit(started, text('at once'), done);
    expect(readings[0]?.text).toBe('at once');
  });
});

describe('a host that is about to go', () => {
  it('ends what runs, begins and refuses nothing, and its next life takes what waits', async () => {
    const { bench, phone, wire } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, running: 2 });
    const readings = ['runs', 'is about to', 'waits'].map((prompt) => read(phone.guest, bodyOf(prompt)));
    await settle();
    await bench.engine.runs[0]?.emit(started);
    bench.host.hold();
    await settle();
    expect(bench.engine.runs.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    await bench.engine.runs[0]?.emit(text('whole'), done);
    expect(readings[0]).toMatchObject({ text: 'whole', last: done });
    readings.push(read(phone.guest, bodyOf('is new')));
    await settle();
    expect(bench.engine.runs).toHaveLength(2);
    expect(deviceOf(bench)).toMatchObject({ running: 0, waiting: 3 });
    bench.host.close();
    wire.cut();
    await connect(makeHost(bench.options), phone.guest);
    for (const run of [2, 3, 4]) await bench.engine.runs[run]?.emit(started, text('later'), done);
    expect(readings.map(({ text: read }) => read)).toEqual(['whole', 'later', 'later', 'later']);
    expect(readings.every(({ error }) => error === null)).toBe(true);
  });
});
