import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import type { HostBench } from './harness.ts';
import { bodyOf, connect, done, makePaired, pairWith, read, settle, text, started } from './harness.ts';

const deviceOf = (bench: HostBench) => {
  const [device] = bench.host.devices;
  if (device === undefined) throw new Error('No device.');
  return device;
};

async function emitMany(bench: HostBench, run: number, count: number) {
  for (let index = 0; index < count; index += 1) {
    await bench.engine.runs[run]?.emit(text(`${index} `));
    bench.clock.advance(40);
  }
  await settle();
}

describe('idempotence', () => {
  it('the same id runs once, and reads from the beginning again', async () => {
    const { bench, phone } = await makePaired();
    const id = phone.guest.newRequestId();
    const more = { id, signal: new AbortController().signal };
    const first = read(phone.guest, bodyOf('x'), more);
    await settle();
    await bench.engine.runs[0]?.emit(started, text('answer'), done);
    expect(first.last).toEqual(done);
    const second = read(phone.guest, bodyOf('x'), more);
    await settle();
    expect(second.text).toBe('answer');
    expect(second.last).toEqual(done);
    expect(bench.engine.runs).toHaveLength(1);
    const other = read(phone.guest, bodyOf('another body'), more);
    await settle();
    expect(other.last).toMatchObject({ type: 'refused', reason: 'bad-request' });
  });
});

describe('cancelling', () => {
  it('stops the engine within one token and frees the place', async () => {
    const { bench, phone } = await makePaired();
    const first = read(phone.guest, bodyOf('one'));
    const second = read(phone.guest, bodyOf('two'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('some '));
    expect(bench.engine.runs).toHaveLength(1);
    first.stop.abort();
    await settle();
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    await bench.engine.runs[0]?.emit(text('more '));
    expect(first.text).toBe('some ');
    expect(first.isOver).toBe(true);
    expect(first.last?.type).toBe('text');
    await bench.engine.runs[1]?.emit(started, text('2'), done);
    expect(second.text).toBe('2');
  });

  it('reaches the host over the next link', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('one'));
    await settle();
    await bench.engine.runs[0]?.emit(started);
    wire.cut();
    await settle();
    reading.stop.abort();
    await settle();
    expect(reading.isOver).toBe(true);
    expect(bench.engine.runs[0]?.signal.aborted).toBe(false);
    await connect(bench.host, phone.guest);
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
  });

  it('of one that was never sent reaches nobody', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.cut();
    await settle();
    const reading = read(phone.guest, bodyOf('one'));
    reading.stop.abort();
    await settle();
    await connect(bench.host, phone.guest);
    expect(reading.events).toEqual([]);
    expect(bench.engine.runs).toHaveLength(0);
  });

  it('by the host’s person keeps what was made and says so', async () => {
    const { bench, phone } = await makePaired();
    const reading = read(phone.guest, bodyOf('one'));
    const waiting = read(phone.guest, bodyOf('two'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('some'), text(' more'));
    bench.host.stopNow();
    await settle();
    expect(reading.text).toBe('some more');
    expect(reading.last).toMatchObject({ type: 'done', finishReason: 'cancelled' });
    expect(waiting.last).toMatchObject({ type: 'done', finishReason: 'cancelled' });
    expect(bench.engine.runs).toHaveLength(1);
  });
});

describe('attack 24: a slow reader', () => {
  it('is sent 256 entries ahead and no more, and the engine is not held up', async () => {
    const { bench, phone, wire } = await makePaired();
    const stop = new AbortController();
    const events = phone.guest.request(bodyOf('x', 1_000), { signal: stop.signal });
    const first = events.next();
    await settle();
    await bench.engine.runs[0]?.emit(started);
    await first;
    const before = wire.recorded.length;
    await emitMany(bench, 0, 400);
    await bench.engine.runs[0]?.emit(done);
    // The engine is through, although nobody read on.
    expect(deviceOf(bench).running).toBe(0);
    const sent = wire.recorded.slice(before).filter(({ direction }) => direction === 'b-to-a').length;
    expect(sent).toBeGreaterThan(250);
    expect(sent).toBeLessThan(270);
    let all = '';
    for await (const event of events) {
      if (event.type === 'text') all += event.text;
    }
    expect(all).toBe(Array.from({ length: 400 }, (_, index) => `${index} `).join(''));
  });

  it('whose answer outgrows the buffer loses the rest, and is told', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('x', 4_000));
    await settle();
    await bench.engine.runs[0]?.emit(started);
    wire.cut();
    await settle();
    for (let index = 0; index < 80; index += 1) {
      await bench.engine.runs[0]?.emit(text('x'.repeat(8_000)));
      bench.clock.advance(40);
    }
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    await connect(bench.host, phone.guest);
    expect(reading.text.length).toBeGreaterThan(500_000);
    expect(reading.text.length).toBeLessThan(530_000);
    expect(reading.error).toMatchObject({ code: 'busy' });
  });
});

describe('what one device may do', () => {
  it('one runs, two wait, the fourth is told; places move up', async () => {
    const { bench, phone } = await makePaired();
    const readings = ['a', 'b', 'c', 'd'].map((prompt) => read(phone.guest, bodyOf(prompt)));
    await settle();
    expect(bench.engine.runs).toHaveLength(1);
    expect(readings[1]?.last).toEqual({ type: 'queued', place: 1 });
    expect(readings[2]?.last).toEqual({ type: 'queued', place: 2 });
    expect(readings[3]?.last).toEqual({ type: 'refused', reason: 'device-full', retryAfter: null });
    await bench.engine.runs[0]?.emit(done);
    expect(readings[2]?.last).toEqual({ type: 'queued', place: 1 });
  });

  it('tokens per request are cut, for an engine that does not count too', async () => {
    const { bench, phone } = await makePaired();
    const policy = { ...defaultPolicy, maxTokens: 3 };
    await bench.host.setPolicy(deviceOf(bench).id, policy);
    const reading = read(phone.guest, bodyOf('x', 1_000));
    await settle();
    expect(bench.engine.runs[0]?.body.sampling.maxTokens).toBe(3);
    await emitMany(bench, 0, 10);
    expect(reading.text).toBe('0 1 2 3 ');
    expect(reading.last).toMatchObject({ type: 'done', finishReason: 'length' });
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
  });

  it('tokens per hour run out and come back', async () => {
    const { bench, phone } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, tokensPerHour: 5 });
    const first = read(phone.guest, bodyOf('x'));
    await settle();
    await emitMany(bench, 0, 4);
    await bench.engine.runs[0]?.emit(done);
    expect(first.last).toEqual(done);
    const second = read(phone.guest, bodyOf('y'));
    await settle();
    expect(bench.engine.runs[1]?.body.sampling.maxTokens).toBe(1);
    await emitMany(bench, 1, 1);
    await bench.engine.runs[1]?.emit(done);
    expect(second.last).toEqual(done);
    const third = read(phone.guest, bodyOf('z'));
    await settle();
    expect(third.last).toMatchObject({ type: 'refused', reason: 'hourly-limit' });
    const wait = third.last?.type === 'refused' ? third.last.retryAfter : 0;
    for (let second = 0; second < (wait ?? 0); second += 1) {
      bench.clock.advance(1_000);
      await settle();
    }
    const fourth = read(phone.guest, bodyOf('w'));
    await settle();
    expect(bench.engine.runs).toHaveLength(3);
    expect(fourth.last?.type).not.toBe('refused');
  }, 30_000);

  it('what is read counts too: an eighth of it', async () => {
    const { bench, phone } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, tokensPerHour: 1_000 });
    const reading = read(phone.guest, bodyOf('long'));
    await settle();
    const start = { type: 'start' as const, firstTurn: 0, promptTokens: 9_000 };
    await bench.engine.runs[0]?.emit({ ...start, readTokens: 4_000 });
    expect(deviceOf(bench).tokensLastHour).toBe(500);
    reading.stop.abort();
    await settle();
    // Who asks for no answer has used the GPU all the same.
    const another = read(phone.guest, bodyOf('longer'));
    await settle();
    await bench.engine.runs[1]?.emit({ ...start, readTokens: 8_000 });
    expect(another.last).toMatchObject({ type: 'done', finishReason: 'length' });
    expect(bench.engine.runs[1]?.signal.aborted).toBe(true);
    const late = read(phone.guest, bodyOf('x'));
    await settle();
    expect(late.last).toMatchObject({ type: 'refused', reason: 'hourly-limit' });
  });

  it('a paused device, and a paused host, begin nothing', async () => {
    const { bench, phone } = await makePaired();
    const { id } = deviceOf(bench);
    const last = async () => {
      const reading = read(phone.guest, bodyOf('x'));
      await settle();
      return reading.last;
    };
    await bench.host.setPolicy(id, { ...defaultPolicy, isPaused: true });
    expect(await last()).toEqual({ type: 'refused', reason: 'paused', retryAfter: null });
    await bench.host.setPolicy(id, defaultPolicy);
    bench.host.pause(true);
    await settle();
    expect(phone.guest.state).toMatchObject({ status: { isPaused: true } });
    expect(await last()).toEqual({ type: 'refused', reason: 'paused', retryAfter: null });
    bench.host.pause(false);
    await last();
    expect(bench.engine.runs).toHaveLength(1);
  });

  it.each(['this device', 'the whole host'])(
    'a pause of %s holds for what waits, until it is over',
    async (whom) => {
      const { bench, phone } = await makePaired();
      const { id } = deviceOf(bench);
      const pause = async (isPaused: boolean) => {
        if (whom === 'this device') await bench.host.setPolicy(id, { ...defaultPolicy, isPaused });
        else bench.host.pause(isPaused);
        await settle();
      };
      for (const prompt of ['a', 'b']) read(phone.guest, bodyOf(prompt));
      await settle();
      await bench.engine.runs[0]?.emit(started);
      await pause(true);
      await bench.engine.runs[0]?.emit(done);
      expect(bench.engine.runs).toHaveLength(1);
      expect(deviceOf(bench)).toMatchObject({ running: 0, waiting: 1 });
      await pause(false);
      expect(bench.engine.runs).toHaveLength(2);
    },
  );

  it('when it may run more at once, what waits begins', async () => {
    const { bench, phone } = await makePaired();
    for (const prompt of ['a', 'b', 'c']) read(phone.guest, bodyOf(prompt));
    await settle();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, running: 2 });
    expect(bench.engine.runs).toHaveLength(2);
    expect(deviceOf(bench)).toMatchObject({ running: 2, waiting: 1 });
  });

  it('what waits gets what is left of the hour when its turn comes, or is refused', async () => {
    const { bench, phone, wire } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, tokensPerHour: 5, waiting: 3 });
    const readings = ['a', 'b', 'c', 'd'].map((prompt) => read(phone.guest, bodyOf(prompt)));
    await settle();
    await emitMany(bench, 0, 3);
    await bench.engine.runs[0]?.emit(done);
    expect(bench.engine.runs[1]?.body.sampling.maxTokens).toBe(2);
    await emitMany(bench, 1, 2);
    await bench.engine.runs[1]?.emit(done);
    const refused = { type: 'refused', reason: 'hourly-limit', retryAfter: expect.any(Number) as number };
    expect(readings.map(({ last }) => last)).toEqual([done, done, refused, refused]);
    expect(deviceOf(bench)).toMatchObject({ running: 0, waiting: 0 });
    expect(bench.engine.runs).toHaveLength(2);
    wire.cut();
  });

  it('what waits while its link is gone is refused when it comes back', async () => {
    const { bench, phone, wire } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, tokensPerHour: 2 });
    const readings = ['a', 'b'].map((prompt) => read(phone.guest, bodyOf(prompt)));
    await settle();
    await emitMany(bench, 0, 2);
    wire.cut();
    await bench.engine.runs[0]?.emit(done);
    await connect(bench.host, phone.guest);
    expect(readings[1]?.last).toMatchObject({ type: 'refused', reason: 'hourly-limit' });
  });

  it('two that run at once share what is left of the hour', async () => {
    const { bench, phone } = await makePaired();
    await bench.host.setPolicy(deviceOf(bench).id, { ...defaultPolicy, tokensPerHour: 5, running: 2 });
    const readings = ['a', 'b'].map((prompt) => read(phone.guest, bodyOf(prompt)));
    await settle();
    await emitMany(bench, 0, 4);
    await emitMany(bench, 1, 4);
    expect(readings[1]?.last).toMatchObject({ type: 'done', finishReason: 'length' });
    expect(deviceOf(bench).tokensLastHour).toBeLessThanOrEqual(6);
  });

  it('a name given by the host’s person stays', async () => {
    const { bench, phone, wire } = await makePaired();
    await bench.host.rename(deviceOf(bench).id, 'Kitchen tablet');
    wire.cut();
    await settle();
    await connect(bench.host, phone.guest);
    expect(deviceOf(bench).record.name).toBe('Kitchen tablet');
    expect([...bench.store.records.values()][0]?.name).toBe('Kitchen tablet');
  });

  it('all devices together open ten requests', async () => {
    const { bench, phone } = await makePaired();
    const phones = [phone];
    for (const name of ['B', 'C', 'D']) phones.push((await pairWith(bench, { name })).phone);
    const readings = phones.flatMap(({ guest }) =>
      ['1', '2', '3'].map((prompt) => read(guest, bodyOf(prompt))),
    );
    await settle();
    const refused = readings.filter((reading) => reading.last?.type === 'refused');
    expect(refused.map((reading) => reading.last)).toEqual(
      Array.from({ length: 2 }, () => ({ type: 'refused', reason: 'host-full', retryAfter: null })),
    );
  });

  it('revoking all leaves nobody', async () => {
    const { bench, phone, wire } = await makePaired();
    const { phone: other } = await pairWith(bench, { name: 'Other' });
    wire.cut();
    await settle();
    await bench.host.revokeAll();
    await settle();
    expect(bench.store.records.size).toBe(0);
    expect(bench.host.devices).toEqual([]);
    expect(other.guest.state).toEqual({ step: 'ended', reason: 'revoked' });
    await connect(bench.host, phone.guest);
    expect(phone.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });
  });
});
