import { describe, expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { systemRandom, utf8 } from '../../../src/p2p/session/bytes.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import { splitMessage } from '../../../src/p2p/session/fragments.ts';
import { decodeHello, ourVersions } from '../../../src/p2p/session/handshake-wire.ts';
import { answerGuestHello } from '../../../src/p2p/session/host-handshake.ts';
import { makeRawSealer } from '../../support/attacker.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { seededRandom } from '../../support/seeded.ts';
import { bodyOf, makeGuestBench, read, settle } from './harness.ts';

const status = {
  type: 'status',
  isApproved: true,
  isPaused: false,
  model: null,
  route: 'abcdefghijklmnopqrstuvwxyz',
  running: 0,
  waiting: 0,
};

/** A host that finishes the handshake and then sends what it likes. */
async function makeRawHost() {
  const key = makeDeviceKey(seededRandom('raw host'));
  const secret = systemRandom(16);
  const offer = { routeId: 'route-1234', hostKey: key.publicKey, secret };
  const phone = makeGuestBench({ clock: makeFakeClock() }, { type: 'offer', offer });
  const wire = makeMemoryLink();
  const frames: Uint8Array[] = [];
  wire.b.listen({ onFrame: (frame) => frames.push(frame), onDrain() {}, onClosed() {} });
  void phone.guest.attach(wire.a);
  await settle();
  const frame = frames.shift() ?? new Uint8Array(0);
  const hello = decodeHello(frame);
  if (hello === null) throw new Error('No hello.');
  const options = { key, random: systemRandom, fingerprints: wire.b.fingerprints, versions: ourVersions };
  const handshake = answerGuestHello(options, { frame, hello }, null);
  if (!handshake.ok) throw new Error(handshake.fault);
  wire.b.send(handshake.hello);
  await settle();
  const confirmed = handshake.finish(frames.shift() ?? new Uint8Array(0), [secret]);
  if (!confirmed.ok) throw new Error(confirmed.fault);
  wire.b.send(confirmed.confirm);
  const seal = makeRawSealer(confirmed.established.sendKey);
  const send = async (...messages: object[]) => {
    for (const message of messages) {
      for (const fragment of splitMessage(utf8(JSON.stringify(message)))) wire.b.send(seal(fragment));
    }
    await settle();
  };
  await send({ ...status, name: 'Host' });
  const id = phone.guest.newRequestId();
  const stop = new AbortController();
  const reading = read(phone.guest, bodyOf('x'), { id, signal: stop.signal });
  await settle();
  return { phone, send, id, reading, stop };
}

const entry = (id: string, number: number) => ({ type: 'text', id, number, text: 'x', tokens: 1 });

describe('a guest of a hostile host', () => {
  it('keeps entries in order, drops doubles, and leaves at a gap', async () => {
    const { phone, send, id, reading } = await makeRawHost();
    await send(entry(id, 1), entry(id, 1), entry(id, 2), entry(id, 0));
    expect(reading.text).toBe('xx');
    expect(phone.guest.state.step).toBe('ready');
    await send(entry(id, 4));
    expect(reading.text).toBe('xx');
    expect(phone.guest.state.step).toBe('away');
    expect(reading.isOver).toBe(false);
  });

  it('leaves when it is sent more than it gave credit for', async () => {
    const { phone, send, id } = await makeRawHost();
    // One message after the other within one task: nothing is read in between.
    await send(...Array.from({ length: 300 }, (_, index) => entry(id, index + 1)));
    expect(phone.guest.state.step).toBe('away');
  });

  it('ignores requests that it did not make, and entries after the end', async () => {
    const { phone, send, id, reading } = await makeRawHost();
    await send(entry('0'.repeat(32), 5), { type: 'busy', id: '0'.repeat(32), reason: 'paused' });
    const usage = { promptTokens: 1, completionTokens: 1 };
    await send(entry(id, 1), { type: 'done', id, number: 2, finishReason: 'stop', usage }, entry(id, 3));
    expect(reading.events.map((event) => event.type)).toEqual(['text', 'done']);
    expect(phone.guest.state.step).toBe('ready');
  });

  it('leaves after too many unreadable messages', async () => {
    const { phone, send, id, reading } = await makeRawHost();
    await send(...Array.from({ length: 15 }, () => ({ ...entry(id, 1), text: 'x'.repeat(9_000) })));
    expect(phone.guest.state.step).toBe('ready');
    await send({ type: 'request', id, body: bodyOf('from a host') });
    expect(phone.guest.state.step).toBe('away');
    expect(reading.text).toBe('');
  });

  it('shows a host’s name cleaned', async () => {
    const { phone, send } = await makeRawHost();
    await send({ ...status, name: '\u202Eevil\u0000 <b>' });
    expect(phone.guest.state).toMatchObject({ status: { name: 'evil <b>' } });
  });
});
