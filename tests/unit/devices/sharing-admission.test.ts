import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { makeTicket } from '../../../src/p2p/session/admission.ts';
import { systemRandom, utf8 } from '../../../src/p2p/session/bytes.ts';
import { parsePairingOffer } from '../../../src/p2p/session/pairing-offer.ts';
import { decodeTicket, encodeTicket } from '../../../src/p2p/session/ticket-wire.ts';
import type { DeviceId } from '../../../src/shared/ids.ts';
import type { GuestBench } from '../p2p/harness.ts';
import { call, letIn, makeShareBench, quiet, type ShareBench } from './sharing-bench.ts';

const from = 'guestguestguestguestguest2';

/** What a guest sends with its offer, after a journey as JSON. */
function ticketOf(
  bench: ShareBench,
  secret: Uint8Array,
  more: { device?: DeviceId | null; at?: number; hostRoute?: string } = {},
): Record<string, unknown> {
  const { device = null, at = bench.clock.now(), hostRoute = bench.route } = more;
  const ticket = makeTicket(secret, { guestRoute: from, hostRoute }, at, systemRandom);
  return JSON.parse(JSON.stringify(encodeTicket({ device, ...ticket }))) as Record<string, unknown>;
}

const secretOf = ({ store }: GuestBench): Uint8Array => {
  const [record] = store.records.values();
  if (record?.psks[0] === undefined) throw new Error('This guest knows no host.');
  return record.psks[0];
};

describe('an offer of a data channel', () => {
  it('of a paired device is let in, once for each ticket', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const device = phone.options.key.id;
    const ticket = ticketOf(bench, secretOf(phone), { device });
    expect(await bench.sharing.admit(from, ticket)).toBe(true);
    expect(await bench.sharing.admit(from, ticket)).toBe(false);
    expect(await bench.sharing.admit(from, ticketOf(bench, secretOf(phone), { device }))).toBe(true);
    // The secret changes with every handshake, and the host knows the new one.
    phone.wire.cut();
    await call(bench, phone);
    expect(await bench.sharing.admit(from, ticketOf(bench, secretOf(phone), { device }))).toBe(true);
  });

  it('of a paired device is let in by a host that was restarted', async () => {
    const first = await makeShareBench();
    const phone = await letIn(first);
    first.sharing.close();
    await quiet();
    const bench = await makeShareBench(first);
    const device = phone.options.key.id;
    expect(await bench.sharing.admit(from, ticketOf(bench, secretOf(phone), { device }))).toBe(true);
  });

  it('of a device that has the link is let in while the link is good', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    const offer = parsePairingOffer(bench.sharing.state.pairing?.fragment ?? '');
    const secret = offer?.secret ?? new Uint8Array(16);
    expect(await bench.sharing.admit(from, ticketOf(bench, secret))).toBe(true);
    bench.sharing.openPairing();
    expect(await bench.sharing.admit(from, ticketOf(bench, secret))).toBe(false);
    bench.sharing.closePairing();
    expect(await bench.sharing.admit(from, ticketOf(bench, secret))).toBe(false);
    // Not even with the secret that all have who have none.
    expect(await bench.sharing.admit(from, ticketOf(bench, new Uint8Array(0)))).toBe(false);
  });

  it('made with the typed code is refused', async () => {
    const bench = await makeShareBench();
    bench.sharing.openPairing();
    const code = bench.sharing.state.pairing?.code ?? '';
    expect(await bench.sharing.admit(from, ticketOf(bench, utf8(code)))).toBe(false);
  });

  it('of another device, another route, another time or another secret is refused', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const other = await letIn(bench, 'Other');
    const device = phone.options.key.id;
    const secret = secretOf(phone);
    const now = bench.clock.now();
    const refused = [
      ticketOf(bench, secret, { device: other.options.key.id }),
      ticketOf(bench, secret, { device: 'aaaaaaaaaaaaaaaa' as DeviceId }),
      ticketOf(bench, secret, { device: null }),
      ticketOf(bench, systemRandom(32), { device }),
      ticketOf(bench, secret, { device, hostRoute: from }),
      ticketOf(bench, secret, { device, at: now - 120_001 }),
      ticketOf(bench, secret, { device, at: now + 120_001 }),
      { ...ticketOf(bench, secret, { device }), at: now + 1 },
    ];
    for (const ticket of refused) expect(await bench.sharing.admit(from, ticket)).toBe(false);
    expect(await bench.sharing.admit('elsewhere', ticketOf(bench, secret, { device }))).toBe(false);
    expect(await bench.sharing.admit(from, ticketOf(bench, secret, { device }))).toBe(true);
  });

  it('of a device that was revoked is refused', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const device = phone.options.key.id;
    const secret = secretOf(phone);
    await bench.sharing.revoke(device);
    expect(await bench.sharing.admit(from, ticketOf(bench, secret, { device }))).toBe(false);
  });

  it('with garbage of every shape is refused, and an honest one let in afterwards', async () => {
    const bench = await makeShareBench();
    const phone = await letIn(bench);
    const device = phone.options.key.id;
    const good = ticketOf(bench, secretOf(phone), { device });
    const long = 'A'.repeat(100_000);
    const changes: Record<string, unknown>[] = [
      { v: 2 },
      { v: '1' },
      { device: '' },
      { device: 7 },
      { device: device.toUpperCase() },
      { device: `${device}a` },
      { device: '__proto__' },
      { at: String(good['at']) },
      { at: null },
      { at: Number.NaN },
      { at: Number.POSITIVE_INFINITY },
      { at: {} },
      { nonce: '' },
      { nonce: long },
      { nonce: 'A'.repeat(23) },
      { nonce: '!'.repeat(22) },
      // The same bytes in another spelling would be another ticket.
      { nonce: `${String(good['nonce']).slice(0, 21)}_` },
      { nonce: [1, 2, 3] },
      { tag: '' },
      { tag: long },
      { tag: 'A'.repeat(43) },
      { tag: { length: 43 } },
      { more: 1 },
    ];
    const missing = Object.keys(good).map((key) => ({ ...good, [key]: undefined }));
    const shapes = [
      ...changes.map((change) => ({ ...good, ...change })),
      ...missing,
      '',
      long,
      JSON.stringify(good),
      null,
      undefined,
      true,
      0,
      1e300,
      [],
      [good],
      {},
      new Date(0),
      new Map(),
      () => good,
    ];
    for (const shape of shapes) expect(await bench.sharing.admit(from, shape)).toBe(false);
    expect(await bench.sharing.admit(from, good)).toBe(true);
  });

  it('survives its journey as it is', () => {
    const ticket = { device: null, at: 17.5, nonce: systemRandom(16), tag: systemRandom(32) };
    expect(decodeTicket(JSON.parse(JSON.stringify(encodeTicket(ticket))))).toEqual(ticket);
  });
});
