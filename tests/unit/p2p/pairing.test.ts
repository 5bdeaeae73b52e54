import { describe, expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { systemRandom } from '../../../src/p2p/session/bytes.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import { encodePairingOffer, parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import { makePairingWindow } from '../../../src/p2p/session/pairing-window.ts';
import {
  dtls,
  bodyOf,
  connect,
  honestDtls,
  makeGuestBench,
  makeHostBench,
  makePaired,
  pairWith,
  read,
  settle,
  started,
} from './harness.ts';
import { makeMitm } from '../../support/attacker.ts';

const offerOf = (bench: ReturnType<typeof makeHostBench>) => bench.host.openPairing('route-1234').offer;

/** The host still takes in an honest device. */
async function expectHonestGuestServed(bench: ReturnType<typeof makeHostBench>) {
  bench.answer = 'always';
  const { phone } = await pairWith(bench, { name: 'Honest' });
  expect(phone.guest.state.step).toBe('ready');
}

describe('the offer', () => {
  const offer = { routeId: 'abcd-EFGH_1234', hostKey: makeDeviceKey().publicKey, secret: systemRandom(16) };

  it('reads back what it wrote', () => {
    expect(parsePairingOffer(encodePairingOffer(offer))).toEqual(offer);
  });

  it('takes nothing else', () => {
    const good = encodePairingOffer(offer);
    const [head, key = '', secret = ''] = good.split('.').slice(1);
    const bad = [
      '',
      '#',
      good.slice(1),
      good.replace('#p=1.', '#p=2.'),
      `${good}.x`,
      `${good} `,
      good.slice(0, -1),
      `#p=1.short.${key}.${secret}`,
      `#p=1.bad route.${key}.${secret}`,
      `#p=1.${'x'.repeat(65)}.${key}.${secret}`,
      `#p=1.${head}.${key.slice(1)}.${secret}`,
      `#p=1.${head}.${key.slice(0, -1)}=.${secret}`,
      // The last letter has bits to spare: only zeros are right.
      `#p=1.${head}.${key}.${secret.slice(0, -1)}B`,
      `#p=1.${'x'.repeat(10_000)}`,
    ];
    for (const text of bad) expect(parsePairingOffer(text), text).toBeNull();
  });
});

describe('pairing', () => {
  it('shows the same six digits on both screens, and asks before anything is generated', async () => {
    const bench = makeHostBench();
    bench.answer = null;
    const { phone } = await pairWith(bench);
    const [asked] = bench.asked;
    expect(asked).toMatchObject({ name: 'Phone', platform: 'Android', isNameTaken: false });
    expect(phone.guest.state).toMatchObject({ step: 'approval', comparison: asked?.comparison });
    read(phone.guest, bodyOf('too early'));
    await settle();
    expect(bench.engine.runs).toHaveLength(0);
    expect(bench.store.records.size).toBe(0);
  });

  it('works with the typed code', async () => {
    const bench = makeHostBench();
    const { code } = bench.host.openPairing('route-1234');
    const phone = makeGuestBench(bench, { type: 'code', code: code ?? '' });
    await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
    expect(phone.guest.hostId).toBe(bench.options.key.id);
    expect(bench.host.pairing).toBeNull();
  });

  it('asks with the digits of the pairing, which the guest shows, though another link is the first to ask', async () => {
    const bench = makeHostBench();
    bench.answer = null;
    const { offer } = bench.host.openPairing('route-1234');
    const phone = makeGuestBench(bench, { type: 'offer', offer });
    // The four frames of the handshake, and not one more.
    await connect(bench.host, phone.guest, { diesAfter: 4 });
    expect(bench.asked).toEqual([]);
    await connect(bench.host, phone.guest);
    expect(bench.asked).toHaveLength(1);
    expect(phone.guest.state).toMatchObject({ step: 'approval', comparison: bench.asked[0]?.comparison });
  });

  it('`once` is not stored, and holds over a change of links', async () => {
    const bench = makeHostBench();
    bench.answer = 'once';
    const { phone, wire } = await pairWith(bench);
    expect(phone.guest.state.step).toBe('ready');
    expect(bench.store.records.size).toBe(0);
    wire.cut();
    await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
    expect(bench.asked).toHaveLength(1);
  });

  it('`deny` ends it on both sides', async () => {
    const bench = makeHostBench();
    bench.answer = 'deny';
    const { phone } = await pairWith(bench);
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'denied' });
    expect(phone.store.records.size).toBe(0);
    expect(bench.host.devices).toEqual([]);
  });
});

describe('attacks on pairing', () => {
  it('attack 11: three wrong codes close the typed code; each guess was at another one', async () => {
    const bench = makeHostBench();
    const view = bench.host.openPairing('route-1234');
    const codes = new Set([view.code]);
    for (const name of ['A', 'B', 'C']) {
      const attacker = makeGuestBench(bench, { type: 'code', code: 'xxxxxxxx' }, { name });
      await connect(bench.host, attacker.guest);
      expect(attacker.guest.state).toEqual({ step: 'away', fault: 'failed' });
      codes.add(bench.host.pairing?.code ?? null);
    }
    expect(codes.size).toBe(4);
    expect(bench.host.pairing?.code).toBeNull();
    expect(bench.faults).toEqual(['not-authentic', 'not-authentic', 'not-authentic']);
    // The right code of before is of no use, the QR code still is.
    const late = makeGuestBench(bench, { type: 'code', code: view.code ?? '' }, { name: 'Late' });
    await connect(bench.host, late.guest);
    expect(late.guest.state).toEqual({ step: 'away', fault: 'no-pairing' });
    const phone = makeGuestBench(bench, { type: 'offer', offer: view.offer });
    await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
  });

  it('attack 11: a guess given up half way counts as one', async () => {
    const bench = makeHostBench();
    const { code } = bench.host.openPairing('route-1234');
    const attacker = makeGuestBench(bench, { type: 'code', code: 'xxxxxxxx' });
    await connect(bench.host, attacker.guest, { diesAfter: 2 });
    expect(bench.host.pairing?.code).not.toBe(code);
    expect(bench.faults).toEqual(['not-authentic']);
    const late = makeGuestBench(bench, { type: 'code', code: code ?? '' }, { name: 'Late' });
    await connect(bench.host, late.guest);
    expect(late.guest.state.step).toBe('away');
    await expectHonestGuestServed(bench);
  });

  it('attack 12: an expired QR code', async () => {
    const bench = makeHostBench();
    const offer = offerOf(bench);
    bench.clock.advance(120_000);
    expect(bench.host.pairing).toBeNull();
    const phone = makeGuestBench(bench, { type: 'offer', offer });
    await connect(bench.host, phone.guest);
    expect(phone.guest.state).toEqual({ step: 'away', fault: 'no-pairing' });
    await expectHonestGuestServed(bench);
  });

  it('attack 12: codes that expire while the computer sleeps, and its timers with it', () => {
    let now = 1_000_000;
    const clock = { now: () => now, after: () => () => {} };
    const window = makePairingWindow(clock, systemRandom, () => {});
    const open = () => window.open('route-1234', makeDeviceKey().publicKey);
    open();
    now += 120_000;
    expect([window.view, window.takeCode(), window.use()]).toEqual([null, null, false]);
    open();
    now += 119_999;
    expect([window.view, window.takeCode(), window.use()]).not.toContain(null);
  });

  it('attack 12: a QR code that expires during the handshake', async () => {
    const bench = makeHostBench();
    const offer = offerOf(bench);
    const phone = makeGuestBench(bench, { type: 'offer', offer });
    bench.clock.advance(119_000);
    await connect(bench.host, phone.guest, {
      between(frame, direction) {
        if (direction === 'b-to-a') bench.clock.advance(1_000);
        return [frame];
      },
    });
    expect(phone.guest.state).toEqual({ step: 'away', fault: 'failed' });
    await expectHonestGuestServed(bench);
  });

  it('attack 12: a QR code used before, and one of an earlier window', async () => {
    const { bench } = await makePaired();
    const old = offerOf(bench);
    const offer = offerOf(bench);
    const stale = makeGuestBench(bench, { type: 'offer', offer: old }, { name: 'Stale' });
    await connect(bench.host, stale.guest);
    expect(stale.guest.state).toEqual({ step: 'away', fault: 'failed' });
    const first = makeGuestBench(bench, { type: 'offer', offer }, { name: 'First' });
    await connect(bench.host, first.guest);
    expect(first.guest.state.step).toBe('ready');
    const second = makeGuestBench(bench, { type: 'offer', offer }, { name: 'Second' });
    await connect(bench.host, second.guest);
    expect(second.guest.state).toEqual({ step: 'away', fault: 'no-pairing' });
    await expectHonestGuestServed(bench);
  });

  it('attack 13: two devices race for one window; one gets in', async () => {
    const bench = makeHostBench();
    const offer = offerOf(bench);
    const phones = ['A', 'B'].map((name) => makeGuestBench(bench, { type: 'offer', offer }, { name }));
    await Promise.all(phones.map((phone) => connect(bench.host, phone.guest)));
    expect(phones.map((phone) => phone.guest.state.step).sort()).toEqual(['away', 'ready']);
    expect(bench.store.records.size).toBe(1);
    expect(bench.asked).toHaveLength(1);
    await expectHonestGuestServed(bench);
  });

  it('attack 14: a relaying man in the middle on a data channel is found out at both ends', async () => {
    const bench = makeHostBench();
    const phone = makeGuestBench(bench, { type: 'offer', offer: offerOf(bench) });
    const mitm = makeMitm({ guest: dtls('guest', 'attacker A'), host: dtls('host', 'attacker B') });
    void bench.host.accept(mitm.hostEnd);
    const outcome = await phone.guest.attach(mitm.guestEnd);
    await settle();
    expect(outcome).toEqual({ ok: false, fault: 'failed' });
    expect(bench.faults).toEqual(['not-authentic']);
    expect(bench.store.records.size).toBe(0);
    await connect(bench.host, phone.guest, { fingerprints: honestDtls });
    expect(phone.guest.state).toMatchObject({ step: 'ready', path: 'dtls' });
  });

  it('attack 14: a relay under the attacker’s control learns no text, no name and no secret', async () => {
    const bench = makeHostBench();
    const { offer } = bench.host.openPairing('route-1234');
    const phone = makeGuestBench(bench, { type: 'offer', offer }, { name: 'Telltale name' });
    const wire = await connect(bench.host, phone.guest);
    read(phone.guest, bodyOf('the secret prompt'));
    await settle();
    await bench.engine.runs[0]?.emit(started, { type: 'text', text: 'the secret answer', tokens: 3 });
    const all = Buffer.concat(wire.recorded.map(({ frame }) => frame));
    expect(all.length).toBeGreaterThan(500);
    const [record] = bench.store.records.values();
    const secrets = [
      offer.secret,
      record?.psks[0],
      Buffer.from('secret'),
      Buffer.from('Telltale'),
      Buffer.from('type'),
    ];
    for (const secret of secrets) {
      if (secret === undefined) throw new Error('There is no secret to look for.');
      expect(all.includes(Buffer.from(secret))).toBe(false);
    }
  });

  it('attack 15: a link that echoes all frames', async () => {
    const bench = makeHostBench();
    const phone = makeGuestBench(bench, { type: 'offer', offer: offerOf(bench) });
    const wire = makeMemoryLink();
    wire.b.listen({ onFrame: (frame) => wire.b.send(frame), onDrain() {}, onClosed() {} });
    expect(await phone.guest.attach(wire.a)).toEqual({ ok: false, fault: 'reflected' });
    await expectHonestGuestServed(bench);
  });

  it('attack 16: the frames of an old session played to the host', async () => {
    const { bench, wire } = await makePaired();
    const replay = makeMemoryLink();
    void bench.host.accept(replay.b);
    const answers: Uint8Array[] = [];
    replay.a.listen({ onFrame: (frame) => answers.push(frame), onDrain() {}, onClosed() {} });
    for (const { direction, frame } of wire.recorded) if (direction === 'a-to-b') replay.a.send(frame);
    await settle();
    // A refusal and nothing else: there is no window any more.
    expect(answers.map((frame) => frame[0])).toEqual([3]);
    await expectHonestGuestServed(bench);
  });

  it('attack 19: a name with markup, text direction, lines, and ten kilobytes', async () => {
    const bench = makeHostBench();
    bench.answer = 'deny';
    await pairWith(bench, { name: '<img src=x onerror=alert(1)>\u202Eenohp\u0000\n\u2028Wi\u200Bfi' });
    expect(bench.asked[0]?.name).toBe('<img src=x onerror=alert(1)> enohp Wi fi');
    await pairWith(bench, { name: '\u202E\u0000' });
    expect(bench.asked[1]?.name).toBe('A device without a name');
    await pairWith(bench, { name: 'x'.repeat(200) });
    expect(bench.asked[2]?.name).toHaveLength(40);
    // Beyond the schema: the introduction is dropped, nobody is asked, nobody gets in.
    const { phone } = await pairWith(bench, { name: 'x'.repeat(10_000) });
    expect(bench.asked).toHaveLength(3);
    expect(phone.guest.state.step).not.toBe('ready');
    await expectHonestGuestServed(bench);
  });

  it('attack 20: a device that calls itself as a known one is pointed out, and gets nothing of it', async () => {
    const { bench } = await makePaired();
    bench.answer = 'deny';
    const { phone } = await pairWith(bench, { name: 'PHONE' });
    expect(bench.asked[1]).toMatchObject({ name: 'PHONE', isNameTaken: true });
    expect(phone.guest.state).toEqual({ step: 'ended', reason: 'denied' });
    await expectHonestGuestServed(bench);
  });

  it('silent strangers do not keep an honest device out', async () => {
    const bench = makeHostBench();
    const strangers = Array.from({ length: 200 }, () => makeMemoryLink());
    for (const { b } of strangers) void bench.host.accept(b);
    await settle();
    await expectHonestGuestServed(bench);
    bench.clock.advance(10_000);
    await settle();
    expect(strangers.every(({ a }) => !a.send(new Uint8Array(1)))).toBe(true);
  });
});
