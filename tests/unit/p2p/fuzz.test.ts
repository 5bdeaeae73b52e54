import { describe, expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { makeJoiner } from '../../../src/p2p/session/fragments.ts';
import { makeOpener } from '../../../src/p2p/session/frame-cipher.ts';
import { decodeConfirm, decodeHello, decodeRefusal } from '../../../src/p2p/session/handshake-wire.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/p2p/session/limits.ts';
import { encodeMessage, fromGuest, fromHost, readMessage } from '../../../src/p2p/session/messages.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import { mutate } from '../../support/attacker.ts';
import { bodyOf, connect, done, makePaired, read, seededNumbers, settle, text, started } from './harness.ts';

describe('20,000 random and mutated frames', () => {
  it('10,000 against a live session: no throw, no text, and the answer is still exact', async () => {
    const { bench, phone, wire } = await makePaired();
    const below = seededNumbers('live frames');
    const reading = read(phone.guest, bodyOf('Tell me'));
    await settle();
    await bench.engine.runs[0]?.emit(started, text('one '));
    const seen = wire.recorded.map(({ frame }) => frame);
    const pick = () => mutate(seen[below(seen.length)] ?? new Uint8Array(0), below);
    let current = wire;
    for (let sent = 0; sent < 10_000;) {
      // Fewer than the strikes that end a link, then one that does.
      for (let index = 0; index < 40; index += 1, sent += 1) {
        if (!(below(2) === 0 ? current.a : current.b).send(pick())) break;
      }
      await settle();
      if (phone.guest.state.step === 'ready') current.cut();
      await settle();
      if (sent % 2_000 < 40) current = await connect(bench.host, phone.guest);
      else {
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
  }, 60_000);

  it('10,000 against the readers: each says no, or reads what it would write', () => {
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
    let read = 0;
    for (let index = 0; index < 10_000; index += 1) {
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
        read += 1;
        expect(readMessage(schema, encodeMessage(message))).toEqual(message);
      }
    }
    // Some mutations change only a letter of a text: the test does reach the schemas.
    expect(read).toBeGreaterThan(10);
  }, 60_000);
});
