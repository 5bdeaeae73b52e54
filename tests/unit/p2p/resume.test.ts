import { describe, expect, it } from 'vitest';
import { makeHost } from '../../../src/p2p/session/host.ts';
import { makeGate } from '../../support/make-gate.ts';
import { seededNumbers } from '../../support/seeded.ts';
import {
  bodyOf,
  connect,
  done,
  honestDtls,
  makeGuestBench,
  makePaired,
  read,
  settle,
  text,
  started,
} from './harness.ts';

const words = Array.from({ length: 12 }, (_, index) => `word${index} `);
const whole = words.join('');

/** A paired guest that asks again and again, each time over links that die after the given numbers of frames. */
async function makeUnluckyGuest() {
  const { bench, phone, wire } = await makePaired();
  let current = wire;

  return async (deaths: number[]) => {
    current.cut();
    await settle();
    const runsBefore = bench.engine.runs.length;
    const left = [...deaths];
    const heal = async () => {
      while (phone.guest.state.step !== 'ready') {
        const diesAfter = left.shift();
        current = await connect(bench.host, phone.guest, diesAfter === undefined ? {} : { diesAfter });
      }
    };
    const reading = read(phone.guest, bodyOf('Tell me'));
    await heal();
    await settle();
    await heal();
    const run = bench.engine.runs[runsBefore];
    await run?.emit(started);
    for (const word of words) {
      await run?.emit(text(word));
      bench.clock.advance(40);
      await settle();
      await heal();
    }
    await run?.emit(done);
    // Links that die later than this are used up by asking until the end is here.
    while (!reading.isOver) {
      await heal();
      await settle();
    }
    const how = `links that died after ${deaths.join()} frames`;
    expect(reading.text, how).toBe(whole);
    expect(reading.last, how).toEqual(done);
    expect(
      reading.events.filter((event) => event.type === 'done'),
      how,
    ).toHaveLength(1);
    expect(bench.engine.runs.length - runsBefore, how).toBe(1);
  };
}

describe('an answer over links that die', () => {
  it('is exact, wherever the link dies', async () => {
    const ask = await makeUnluckyGuest();
    // 4 frames of handshake, then introduction, kept, status, request, accept, status and the entries.
    for (let frames = 0; frames <= 32; frames += 1) await ask([frames]);
  }, 60_000);

  it('is exact after many deaths in a row, at random', async () => {
    const ask = await makeUnluckyGuest();
    const below = seededNumbers('deaths');
    for (let round = 0; round < 12; round += 1) {
      await ask(Array.from({ length: 1 + below(10) }, () => below(16)));
    }
  }, 60_000);
});

describe('several links under one session', () => {
  it('moves to the data channel when it opens and back when it dies, mid-answer', async () => {
    const { bench, phone, wire: relay } = await makePaired();
    const reading = read(phone.guest, bodyOf('Tell me'));
    await settle();
    const [run] = bench.engine.runs;
    await run?.emit(started, text('one '));
    const channel = await connect(bench.host, phone.guest, { fingerprints: honestDtls });
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'dtls' });
    const relayFrames = relay.recorded.length;
    bench.clock.advance(50);
    await run?.emit(text('two '));
    await settle();
    expect(relay.recorded.length).toBe(relayFrames);
    expect(bench.host.devices[0]?.paths).toEqual(['dtls', 'relay']);
    channel.cut();
    await settle();
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'relay' });
    bench.clock.advance(50);
    await run?.emit(text('three'), done);
    await settle();
    expect(reading.text).toBe('one two three');
    expect(reading.last).toEqual(done);
  });

  it('what one link told counts when it is used, though the one before it fell silent', async () => {
    const decision = makeGate<'always'>();
    const { bench, phone } = await makePaired({ host: { approve: () => decision.passed } });
    const channel = await connect(bench.host, phone.guest, { fingerprints: honestDtls });
    expect(phone.guest.state.step).toBe('approval');
    channel.hold();
    decision.open('always');
    await settle();
    const reading = read(phone.guest, bodyOf('Tell me'));
    for (let second = 0; second < 16; second += 1) {
      bench.clock.advance(1_000);
      await settle();
    }
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'relay' });
    expect(bench.engine.runs).toHaveLength(1);
    await bench.engine.runs[0]?.emit(started, text('one'), done);
    expect(reading.text).toBe('one');
  });

  it('a data channel that never gets through its handshake leaves the relay alone', async () => {
    const { bench, phone } = await makePaired();
    await connect(bench.host, phone.guest, { fingerprints: honestDtls, diesAfter: 2 });
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'relay' });
    await connect(bench.host, phone.guest, { fingerprints: honestDtls });
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'dtls' });
  });
});

describe('sleep', () => {
  it('attack 31: a guest asleep is shown as such, loses its link, and reads on after waking', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('Tell me'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('one '));
    wire.hold();
    for (let second = 0; second < 60; second += 1) {
      bench.clock.advance(1_000);
      await settle();
    }
    expect(phone.states.some((state) => state.step === 'ready' && state.isSuspended)).toBe(true);
    expect(bench.host.devices[0]?.paths).toEqual([]);
    await bench.engine.runs[0]?.emit(text('two'), done);
    await connect(bench.host, phone.guest);
    expect(reading.text).toBe('one two');
    expect(reading.last).toEqual(done);
  });

  it('comes back within the grace without a new link', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.hold();
    for (let second = 0; second < 17; second += 1) {
      bench.clock.advance(1_000);
      await settle();
    }
    expect(phone.guest.state).toMatchObject({ step: 'ready', isSuspended: true });
    wire.release();
    await settle();
    expect(phone.guest.state).toMatchObject({ step: 'ready', isSuspended: false });
  });

  it('keeps an answer for ten minutes and no longer', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('Tell me'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('one'));
    wire.cut();
    await settle();
    bench.clock.advance(10 * 60_000);
    await settle();
    expect(bench.engine.runs[0]?.signal.aborted).toBe(true);
    await connect(bench.host, phone.guest);
    expect(reading.text).toBe('one');
    expect(reading.last).toEqual({ type: 'interrupted' });
  });
});

describe('reloads', () => {
  it('attack 29: after a reload of the host, an answer that began is interrupted, one that did not runs', async () => {
    const { bench, phone, wire } = await makePaired();
    const begun = read(phone.guest, bodyOf('one'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('partial'));
    const waiting = read(phone.guest, bodyOf('two'));
    await settle();
    wire.cut();
    const reloaded = makeHost(bench.options);
    await connect(reloaded, phone.guest);
    expect(begun.text).toBe('partial');
    expect(begun.last).toEqual({ type: 'interrupted' });
    expect(bench.engine.runs).toHaveLength(2);
    await bench.engine.runs[1]?.emit(started, text('whole'), done);
    expect(waiting.text).toBe('whole');
    expect(waiting.last).toEqual(done);
  });
});

describe('rotation', () => {
  it('makes a new secret at every handshake and forgets the old one', async () => {
    const { bench, phone, wire } = await makePaired();
    const seen = new Set<string>();
    let current = wire;
    for (let round = 0; round < 5; round += 1) {
      const [record] = bench.store.records.values();
      expect(record?.psks).toHaveLength(1);
      expect([...phone.store.records.values()][0]?.psks).toEqual(record?.psks);
      seen.add(String(record?.psks[0]));
      current.cut();
      await settle();
      current = await connect(bench.host, phone.guest);
    }
    expect(seen.size).toBe(5);
  });

  it('holds wherever a handshake is cut short, on either side', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.cut();
    await settle();
    for (let round = 0; round < 3; round += 1) {
      for (const diesAfter of [0, 1, 2, 3, 4, 5, 6]) {
        await connect(bench.host, phone.guest, { diesAfter });
        expect([...bench.store.records.values()][0]?.psks.length).toBeLessThanOrEqual(4);
      }
    }
    const last = await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
    expect(last.recorded.length).toBeGreaterThan(6);
    expect([...bench.store.records.values()][0]?.psks).toHaveLength(1);
  });

  it.each([[[0]], [[1, 0]], [[0, 1]]])(
    'holds when the word that a secret is kept comes late, of two handshakes in the order %j',
    async (order) => {
      const { bench, phone } = await makePaired();
      const connectSlowly = async () => {
        const late: Uint8Array[] = [];
        let isSlow = true;
        const wire = await connect(bench.host, phone.guest, {
          between(frame, direction) {
            if (!isSlow || direction === 'b-to-a' || frame[0] !== 16) return [frame];
            late.push(frame);
            return [];
          },
        });
        return async () => {
          isSlow = false;
          for (const frame of late) wire.a.send(frame);
          await settle();
        };
      };
      const arrivals = [await connectSlowly(), await connectSlowly()];
      for (const index of order) await arrivals[index]?.();
      // Once the newest is known to be kept, the others are forgotten.
      const [known] = bench.store.records.values();
      expect(known?.psks).toHaveLength(order.includes(1) ? 1 : 2);
      phone.guest.leave('relay');
      await settle();
      await connect(bench.host, phone.guest);
      expect(phone.guest.state.step).toBe('ready');
    },
  );

  it('a secret from before is of no use to somebody who copied the guest’s store', async () => {
    const { bench, phone, wire } = await makePaired();
    const copy = makeGuestBench(
      bench,
      { type: 'known', id: bench.options.key.id },
      { key: phone.options.key },
    );
    for (const record of phone.store.records.values()) await copy.store.put(record);
    wire.cut();
    await settle();
    await connect(bench.host, phone.guest);
    await connect(bench.host, copy.guest);
    expect(copy.guest.state).toEqual({ step: 'away', fault: 'failed' });
    expect(phone.guest.state.step).toBe('ready');
  });

  it('a store that fails lets nobody in, and breaks nothing', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.cut();
    await settle();
    const put = bench.store.put.bind(bench.store);
    bench.store.put = () => Promise.reject(new Error('Disk full.'));
    await connect(bench.host, phone.guest);
    expect(phone.guest.state).toEqual({ step: 'away', fault: 'lost' });
    bench.store.put = put;
    await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
  });
});
