import { describe, expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { utf8 } from '../../../src/p2p/session/bytes.ts';
import { splitMessage } from '../../../src/p2p/session/fragments.ts';
import { startGuestHandshake } from '../../../src/p2p/session/guest-handshake.ts';
import { ourVersions } from '../../../src/p2p/session/handshake-wire.ts';
import type { FromGuest, RequestId } from '../../../src/p2p/session/messages.ts';
import { makeRawSealer } from '../../support/attacker.ts';
import type { GuestBench, HostBench } from './harness.ts';
import { seededRandom } from '../../support/seeded.ts';
import {
  bodyOf,
  connect,
  done,
  makeGuestBench,
  makeHostBench,
  makePaired,
  pairWith,
  read,
  settle,
  text,
  started,
} from './harness.ts';

/** The paired device itself, speaking the protocol byte by byte: what an approved but hostile device can do. */
async function makeRawGuest(bench: HostBench, phone: GuestBench) {
  const record = await phone.store.get(bench.options.key.id);
  const [psk] = record?.psks ?? [];
  if (!record || !psk) throw new Error('Not paired.');
  const wire = makeMemoryLink();
  void bench.host.accept(wire.b);
  const frames: Uint8Array[] = [];
  let isClosed = false;
  wire.a.listen({ onFrame: (frame) => frames.push(frame), onDrain() {}, onClosed: () => (isClosed = true) });
  const handshake = startGuestHandshake(
    {
      key: phone.options.key,
      random: seededRandom(`raw ${String(psk)}`),
      fingerprints: wire.a.fingerprints,
      versions: ourVersions,
    },
    { mode: 'psk', hostKey: record.publicKey, psk },
  );
  wire.a.send(handshake.hello);
  await settle();
  const confirming = handshake.answer(frames.shift() ?? new Uint8Array(0));
  if (!confirming.ok) throw new Error(confirming.fault);
  wire.a.send(confirming.confirm);
  await settle();
  const finished = confirming.finish(frames.shift() ?? new Uint8Array(0));
  if (!finished.ok) throw new Error(finished.fault);
  const seal = makeRawSealer(finished.established.sendKey);
  await phone.store.put({ ...record, psks: [finished.established.nextPsk] });
  const sendText = (json: string) => {
    for (const fragment of splitMessage(utf8(json))) wire.a.send(seal(fragment));
  };
  return {
    wire,
    seal,
    sendText,
    send: (message: FromGuest) => sendText(JSON.stringify(message)),
    /** Frames from the host since the handshake. */
    frames,
    get isClosed() {
      return isClosed;
    },
  };
}

const idOf = (digit: string) => digit.repeat(32) as RequestId;

/** The host answers an honest device, new to it, from the first frame to the last token. */
async function expectHonestGuestServed(bench: HostBench) {
  const { phone } = await pairWith(bench, { name: 'Honest' });
  const reading = read(phone.guest, bodyOf('honest'));
  await settle();
  await bench.engine.runs.at(-1)?.emit(started, text('served'), done);
  expect(reading.text).toBe('served');
  expect(reading.last).toEqual(done);
}

async function makeParted() {
  const { bench, phone, wire } = await makePaired();
  wire.cut();
  await settle();
  return { bench, phone };
}

describe('attacks on a session', () => {
  it('attack 21: frames played again or out of order', async () => {
    const { bench, phone, wire } = await makePaired();
    read(phone.guest, bodyOf('once'));
    await settle();
    expect(bench.engine.runs).toHaveLength(1);
    // A relay sends everything of the guest once more, to the same connection.
    const again = wire.recorded.filter(({ direction }) => direction === 'a-to-b').map(({ frame }) => frame);
    for (const frame of again) wire.a.send(frame);
    await settle();
    expect(bench.engine.runs).toHaveLength(1);
    expect(phone.guest.state.step).toBe('ready');
    await expectHonestGuestServed(bench);
  });

  it('attack 10 and 21: a relay that drops one frame costs the link, not the answer', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.cut();
    await settle();
    let isDropping = false;
    const lossy = await connect(bench.host, phone.guest, {
      between: (frame, direction) => (isDropping && direction === 'b-to-a' ? [] : [frame]),
    });
    const reading = read(phone.guest, bodyOf('x'));
    await settle();
    await bench.engine.runs[0]?.emit(started);
    isDropping = true;
    await bench.engine.runs[0]?.emit(text('one '));
    isDropping = false;
    bench.clock.advance(50);
    await bench.engine.runs[0]?.emit(text('two'), done);
    await settle();
    expect(phone.guest.state.step).toBe('away');
    expect(lossy.a.send(new Uint8Array(1))).toBe(false);
    await connect(bench.host, phone.guest);
    expect(reading.text).toBe('one two');
  });

  it('attack 10: a relay that doubles and one that swaps frames', async () => {
    const { bench, phone, wire } = await makePaired();
    wire.cut();
    await settle();
    const doubling = await connect(bench.host, phone.guest, {
      between: (frame) => (frame[0] === 16 ? [frame, frame] : [frame]),
    });
    const reading = read(phone.guest, bodyOf('x'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('one '));
    doubling.cut();
    await settle();
    let held: Uint8Array | null = null;
    const swap = (frame: Uint8Array): Uint8Array[] => {
      if (frame[0] !== 16) return [frame];
      if (held === null) {
        held = frame;
        return [];
      }
      const pair = [frame, held];
      held = null;
      return pair;
    };
    await connect(bench.host, phone.guest, {
      between: (frame, d) => (d === 'b-to-a' ? swap(frame) : [frame]),
    });
    await connect(bench.host, phone.guest);
    await bench.engine.runs[0]?.emit(text('two'), done);
    bench.clock.advance(50);
    await settle();
    expect(reading.text).toBe('one two');
    expect(bench.engine.runs).toHaveLength(1);
  });

  it('attack 22: a flood of requests', async () => {
    const { bench, phone } = await makeParted();
    const raw = await makeRawGuest(bench, phone);
    for (let index = 0; index < 1_000; index += 1) {
      const id = index.toString(16).padStart(32, '0') as RequestId;
      raw.send({ type: 'request', id, body: bodyOf('flood') });
    }
    await settle();
    expect(bench.engine.runs).toHaveLength(1);
    expect(bench.host.devices[0]).toMatchObject({ running: 1, waiting: 2, paths: [] });
    expect(raw.isClosed).toBe(true);
    await bench.host.revoke(phone.options.key.id);
    await expectHonestGuestServed(bench);
  });

  it('attack 22: a huge prompt, deep JSON, and numbers that are none', async () => {
    const { bench, phone } = await makeParted();
    const raw = await makeRawGuest(bench, phone);
    const request = JSON.stringify({ type: 'request', id: idOf('a'), body: bodyOf('x') });
    raw.sendText('['.repeat(400_000));
    raw.sendText(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    raw.sendText(request.replace('"temperature":0', '"temperature":1e999'));
    raw.sendText(request.replace('"temperature":0', '"temperature":NaN'));
    raw.sendText(request.replace('"maxTokens":100', '"maxTokens":-1'));
    raw.sendText(request.replace('"maxTokens":100', '"maxTokens":0.5'));
    raw.sendText(request.replace('"prefix"', '"__proto__":{"isApproved":true},"prefix"'));
    raw.sendText(request.replace('"turns":[', `"turns":[${'{"role":"user","text":""},'.repeat(2_000)}`));
    raw.sendText(request.replace(idOf('a'), 'A'.repeat(32)));
    raw.sendText(request.replace('"role":"user"', '"role":"system"'));
    await settle();
    expect(bench.engine.runs).toHaveLength(0);
    raw.send({ type: 'request', id: idOf('b'), body: bodyOf('x'.repeat(200_001)) });
    await settle();
    expect(bench.engine.runs).toHaveLength(0);
    raw.send({ type: 'request', id: idOf('c'), body: bodyOf('x'.repeat(200_000)) });
    await settle();
    expect(bench.engine.runs).toHaveLength(1);
    // Over a megabyte, no message is even put together.
    raw.sendText(`"${'x'.repeat(1_100_000)}"`);
    await settle();
    expect(raw.isClosed).toBe(true);
    await expectHonestGuestServed(bench);
  });

  it('attack 22: a device that talks nonsense is put out', async () => {
    const { bench, phone } = await makeParted();
    const raw = await makeRawGuest(bench, phone);
    for (let index = 0; index < 16; index += 1) raw.sendText('{"type":"nothing"}');
    await settle();
    expect(raw.isClosed).toBe(true);
    await expectHonestGuestServed(bench);
  });

  it('attack 22: fragments without end, and empty ones', async () => {
    const { bench, phone } = await makeParted();
    const raw = await makeRawGuest(bench, phone);
    raw.wire.a.send(raw.seal(Uint8Array.of(1)));
    await settle();
    expect(raw.isClosed).toBe(true);
    const other = await makeRawGuest(bench, phone);
    const full = splitMessage(new Uint8Array(40_000))[0] ?? new Uint8Array(0);
    for (let index = 0; index < 80; index += 1) other.wire.a.send(other.seal(full));
    await settle();
    expect(other.isClosed).toBe(true);
    await expectHonestGuestServed(bench);
  });

  it('a device that asks before its approval gets nothing generated, and a long message ends its link', async () => {
    const bench = makeHostBench();
    bench.answer = null;
    const { phone, wire } = await pairWith(bench);
    wire.cut();
    await settle();
    const raw = await makeRawGuest(bench, phone);
    const before = raw.frames.length;
    raw.send({ type: 'request', id: idOf('a'), body: bodyOf('now') });
    raw.send({ type: 'resume', id: idOf('a'), lastNumber: 0, acked: 0 });
    await settle();
    expect(bench.engine.runs).toHaveLength(0);
    expect(raw.frames.length - before).toBe(2);
    expect(raw.isClosed).toBe(false);
    raw.send({ type: 'request', id: idOf('b'), body: bodyOf('x'.repeat(5_000)) });
    await settle();
    expect(raw.isClosed).toBe(true);
    expect(bench.engine.runs).toHaveLength(0);
  });

  it('attack 23: ids of another device for resume, cancel, ack and request', async () => {
    const { bench, phone } = await makePaired();
    const id = phone.guest.newRequestId();
    const reading = read(phone.guest, bodyOf('mine'), { id, signal: new AbortController().signal });
    await settle();
    await bench.engine.runs[0]?.emit(started, text('private '));
    const { phone: other, wire } = await pairWith(bench, { name: 'Other' });
    wire.cut();
    await settle();
    const raw = await makeRawGuest(bench, other);
    const before = raw.frames.length;
    raw.send({ type: 'cancel', id });
    raw.send({ type: 'ack', id, number: 1 });
    raw.send({ type: 'resume', id, lastNumber: 0, acked: 0 });
    await settle();
    expect(bench.engine.runs[0]?.signal.aborted).toBe(false);
    // Two denials, for the cancel and the resume; an ack is not answered.
    expect(raw.frames.length - before).toBe(2);
    // As a request of its own, the same id is another device's own affair.
    raw.send({ type: 'request', id, body: bodyOf('mine') });
    await settle();
    expect(bench.engine.runs).toHaveLength(2);
    bench.clock.advance(50);
    await bench.engine.runs[0]?.emit(text('text'), done);
    await settle();
    expect(reading.text).toBe('private text');
  });

  it('attack 25: revoked mid-stream: tokens stop at once and the device cannot come back', async () => {
    const { bench, phone, wire } = await makePaired();
    const reading = read(phone.guest, bodyOf('x'));
    await settle();
    const [run] = bench.engine.runs;
    await run?.emit(started, text('one '));
    const revoking = bench.host.revoke(phone.options.key.id);
    expect(run?.signal.aborted).toBe(true);
    const framesAtRevoke = wire.recorded.length;
    await revoking;
    await run?.emit(text('two'), done);
    expect(reading.text).toBe('one ');
    expect(reading.last).toEqual({ type: 'interrupted' });
    expect(wire.recorded.length).toBe(framesAtRevoke);
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'revoked' });
    expect(bench.store.records.size).toBe(0);
    await expectHonestGuestServed(bench);
  });

  it('attack 25: a revoked device that kept its secret, and one revoked during its handshake', async () => {
    const { bench, phone, wire } = await makePaired();
    const copies = await phone.store.list();
    await bench.host.revoke(phone.options.key.id);
    wire.cut();
    const again = makeGuestBench(
      bench,
      { type: 'known', id: bench.options.key.id },
      { key: phone.options.key },
    );
    for (const record of copies) await again.store.put(record);
    await connect(bench.host, again.guest);
    expect(again.guest.state).toEqual({ step: 'away', fault: 'unknown-device' });

    for (let frame = 1; frame <= 6; frame += 1) {
      const { phone: other, wire: first } = await pairWith(bench, { name: `Other ${frame}` });
      first.cut();
      await settle();
      let seen = 0;
      await connect(bench.host, other.guest, {
        between(bytes) {
          seen += 1;
          if (seen === frame) void bench.host.revoke(other.options.key.id);
          return [bytes];
        },
      });
      await settle();
      expect(bench.store.records.size, `revoked at frame ${frame}`).toBe(0);
      expect(bench.host.devices, `revoked at frame ${frame}`).toEqual([]);
      expect(other.guest.state.step, `revoked at frame ${frame}`).not.toBe('ready');
    }
    await expectHonestGuestServed(bench);
  });

  it('attack 26: two devices get their own text and nothing of each other’s', async () => {
    const { bench, phone } = await makePaired();
    const { phone: other, wire } = await pairWith(bench, { name: 'Other' });
    const [mine, theirs] = [read(phone.guest, bodyOf('A')), read(other.guest, bodyOf('B'))];
    await settle();
    const [runA, runB] = bench.engine.runs;
    const frames = wire.recorded.length;
    const long = 'for A '.repeat(1_000);
    await runA?.emit(started, text(long), done);
    // The other device learns that the host is less busy, which is short, and no more.
    const told = wire.recorded.slice(frames).map(({ frame }) => frame.length);
    expect(told).not.toEqual([]);
    expect(Math.max(...told)).toBeLessThan(500);
    expect([mine.text, theirs.events]).toEqual([long, []]);
    await runB?.emit(started, text('for B'), done);
    expect([mine.text, theirs.text]).toEqual([long, 'for B']);
  });

  it('attack 27: prompts and answers that look like the protocol stay text', async () => {
    const { bench, phone } = await makePaired();
    const tricky = `"},{"type":"cancel","id":"${idOf('a')}"}\n{"type":"bye","reason":"revoked"}\u0000\uD800`;
    const reading = read(phone.guest, bodyOf(tricky));
    await settle();
    expect(bench.engine.runs[0]?.body.turns[0]?.text).toBe(tricky);
    await bench.engine.runs[0]?.emit(started, text(tricky), done);
    expect(reading.text).toBe(tricky);
    expect(phone.guest.state.step).toBe('ready');
  });

  it('attack 33: two tabs of one device, each with a link of its own', async () => {
    const { bench, phone } = await makePaired();
    const twin = makeGuestBench(
      bench,
      { type: 'known', id: bench.options.key.id },
      { key: phone.options.key, store: phone.store },
    );
    await connect(bench.host, twin.guest);
    const [one, two] = [read(phone.guest, bodyOf('one')), read(twin.guest, bodyOf('two'))];
    await settle();
    await bench.engine.runs[0]?.emit(started, text('1'), done);
    await bench.engine.runs[1]?.emit(started, text('2'), done);
    expect([one.text, two.text]).toEqual(['1', '2']);
    for (let index = 0; index < 8; index += 1) await connect(bench.host, twin.guest);
    expect(bench.host.devices[0]?.paths).toHaveLength(4);
    expect(twin.guest.state.step).toBe('ready');
  });
});
