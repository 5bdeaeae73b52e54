import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../src/shared/ids.ts';
import { makeAdmission, makeTicket, type AdmissionTicket } from '../../../src/p2p/session/admission.ts';
import { systemRandom } from '../../../src/p2p/session/bytes.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';

const routes = { guestRoute: 'guest-route', hostRoute: 'host-route' };
const secret = systemRandom(32);
const phone = 'phonephonephone2' as DeviceId;
const tablet = 'tablettablettab2' as DeviceId;

function setup() {
  const clock = makeFakeClock(1_000_000);
  const isAuthentic = makeAdmission(clock);
  const admit = (
    given: AdmissionTicket,
    way: typeof routes,
    secrets: Uint8Array[],
    device: DeviceId | null = phone,
  ) => isAuthentic(given, way, { device, secrets });
  const ticket = (at = clock.now()) => makeTicket(secret, routes, at, systemRandom);
  return { clock, admit, ticket };
}

describe('admission of an offer', () => {
  it('takes a ticket of a device that knows a secret, once', () => {
    const { admit, ticket } = setup();
    const good = ticket();
    expect(admit(good, routes, [systemRandom(32), secret])).toBe(true);
    // Attack 16: the same again.
    expect(admit(good, routes, [secret])).toBe(false);
    expect(admit(ticket(), routes, [secret])).toBe(true);
  });

  it('attack 16: a ticket from outside the window, from either side', () => {
    const { admit, ticket, clock } = setup();
    expect(admit(ticket(clock.now() - 120_001), routes, [secret])).toBe(false);
    expect(admit(ticket(clock.now() + 120_001), routes, [secret])).toBe(false);
    expect(admit(ticket(Number.NaN), routes, [secret])).toBe(false);
    const good = ticket();
    expect(admit(good, routes, [secret])).toBe(true);
    clock.advance(300_000);
    expect(admit(good, routes, [secret])).toBe(false);
  });

  it('refuses another secret, other routes, and changed fields', () => {
    const { admit, ticket } = setup();
    const good = ticket();
    expect(admit(good, routes, [systemRandom(32)])).toBe(false);
    expect(admit(good, routes, [])).toBe(false);
    expect(admit(good, { ...routes, guestRoute: 'another' }, [secret])).toBe(false);
    expect(admit({ ...good, at: good.at + 1 }, routes, [secret])).toBe(false);
    expect(admit({ ...good, tag: good.tag.slice(1) }, routes, [secret])).toBe(false);
    expect(admit({ ...good, nonce: systemRandom(16) }, routes, [secret])).toBe(false);
    expect(admit(good, routes, [secret])).toBe(true);
  });

  it('attack 2: a device that uses one ticket after the other gets no more for a while, and keeps nobody else out', () => {
    const { admit, ticket, clock } = setup();
    const admitted = Array.from({ length: 1_100 }, () => admit(ticket(), routes, [secret]));
    expect(admitted.filter(Boolean)).toHaveLength(16);
    expect(admit(ticket(), routes, [secret], tablet)).toBe(true);
    // A device that pairs just now is nobody yet.
    expect(admit(ticket(), routes, [secret], null)).toBe(true);
    clock.advance(120_001);
    expect(admit(ticket(), routes, [secret])).toBe(true);
  });
});
