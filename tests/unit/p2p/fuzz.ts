import { expect } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { makeJoiner } from '../../../src/p2p/session/fragments.ts';
import { makeOpener } from '../../../src/p2p/session/frame-cipher.ts';
import { decodeConfirm, decodeHello, decodeRefusal } from '../../../src/p2p/session/handshake-wire.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/p2p/session/limits.ts';
import { encodeMessage, fromGuest, fromHost, readMessage } from '../../../src/p2p/session/messages.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import { mutate } from '../../support/attacker.ts';
import { seededNumbers } from '../../support/seeded.ts';
import { bodyOf, connect, done, makePaired, read, settle, text, started } from './harness.ts';

/** Random and mutated frames against a live session and beside it: no throw, no text, and the answer is still exact. */
export async function fuzzSession(frames: number): Promise<void> {
  const { bench, phone, wire } = await makePaired();
  const below = seededNumbers('live frames');
  const reading = read(phone.guest, bodyOf('Tell me'));
  await settle();
  await bench.engine.runs[0]?.emit(started, text('one '));
  const seen = wire.recorded.map(({ frame }) => frame);
  const pick = () => mutate(seen[below(seen.length)] ?? new Uint8Array(0), below);
  let current = wire;
  let nextHonest = 2_000;
  for (let sent = 0; sent < frames;) {
    // More than the strikes that end a link.
    for (let index = 0; index < 40; index += 1, sent += 1) {
      if (!(below(2) === 0 ? current.a : current.b).send(pick())) break;
    }
    await settle();
    if (phone.guest.state.step === 'ready') current.cut();
    await settle();
    // What the harness writes down, which would look like growth.
    for (const notes of [bench.faults, bench.asked, phone.states]) notes.length = 0;
    if (sent >= nextHonest) {
      nextHonest += 2_000;
      current = await connect(bench.host, phone.guest);
      continue;
    }
    // Links on which nothing but such frames is said.
    const stray = makeMemoryLink();
    void bench.host.accept(stray.b);
    for (let index = 0; index < 12; index += 1, sent += 1) stray.a.send(pick());
    const lure = makeMemoryLink();
    void phone.guest.attach(lure.a);
    for (let index = 0; index < 12; index += 1, sent += 1) lure.b.send(pick());
    await settle();
    stray.cut();
    lure.cut();
    current = lure;
  }
  await settle();
  bench.clock.advance(10_000);
  await settle();
  if (phone.guest.state.step !== 'ready') await connect(bench.host, phone.guest);
  await bench.engine.runs[0]?.emit(text('two'), done);
  await settle();
  expect(reading.text).toBe('one two');
  expect(bench.engine.runs).toHaveLength(1);
  expect(bench.store.records.size).toBe(1);
}

/** The same kind of frames against each reader: it says no, or reads what it would write. */
export function fuzzReaders(frames: number): void {
  const below = seededNumbers('readers');
  const open = makeOpener(new Uint8Array(32).fill(7));
  const join = makeJoiner(() => MAX_MESSAGE_BYTES);
  const seeds = [
    encodeMessage({ type: 'request', id: 'a'.repeat(32) as never, body: bodyOf('Hello') }),
    encodeMessage({ type: 'ack', id: 'b'.repeat(32) as never, number: 3 }),
    encodeMessage({ type: 'text', id: 'c'.repeat(32) as never, number: 3, text: 'words', tokens: 2 }),
    encodeMessage({ type: 'bye', reason: 'leaving' }),
    new Uint8Array(133).fill(1),
    new Uint8Array(65).fill(2),
  ];
  let taken = 0;
  for (let index = 0; index < frames; index += 1) {
    const bytes = mutate(seeds[below(seeds.length)] ?? new Uint8Array(0), below);
    expect(open(bytes).type).toBe('foreign');
    join(bytes);
    decodeHello(bytes);
    decodeConfirm(bytes);
    decodeRefusal(bytes);
    parsePairingOffer(`#p=1.${String.fromCharCode(...bytes)}`);
    for (const schema of [fromGuest, fromHost]) {
      const message = readMessage(schema, bytes);
      if (message === null) continue;
      taken += 1;
      expect(readMessage(schema, encodeMessage(message))).toEqual(message);
    }
  }
  // Some mutations change only a letter of a text: the frames do reach the schemas.
  expect(taken).toBeGreaterThan(10);
}
