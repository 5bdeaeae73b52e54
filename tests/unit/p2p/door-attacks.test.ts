import { describe, expect, it } from 'vitest';
import type { Direction } from '../../../src/p2p/link/memory-link.ts';
import { lowOrderPoints } from '../../support/attacker.ts';
import { connect, makeGuestBench, makeHostBench, pairWith, type HostBench } from './harness.ts';

/** Where a hello has what (see the protocol, 3). */
const highestVersion = 2;
const staticKey = 37;
const ephemeralKey = 69;

/** Writes over the first frame of one direction. */
function writeOver(direction: Direction, at: number, bytes: Uint8Array) {
  let isDone = false;
  return {
    between(frame: Uint8Array, way: Direction): Uint8Array[] {
      if (isDone || way !== direction) return [frame];
      isDone = true;
      const changed = frame.slice();
      changed.set(bytes, at);
      return [changed];
    },
  };
}

/** A new device is taken in after all that, by the same host. */
async function expectHonestGuest(bench: HostBench): Promise<void> {
  const { phone } = await pairWith(bench, { name: 'Honest' });
  expect(phone.guest.state.step).toBe('ready');
}

describe('attacks at the door of a host', () => {
  it('attack 17: a version taken away on the way, from either hello', async () => {
    const versions = { min: 1, max: 2 };
    const bench = makeHostBench({ versions });
    const { offer } = bench.host.openPairing('route-1234');
    const phone = makeGuestBench(bench, { type: 'offer', offer }, { versions });
    for (const direction of ['a-to-b', 'b-to-a'] as const) {
      await connect(bench.host, phone.guest, writeOver(direction, highestVersion, Uint8Array.of(1)));
      expect(phone.guest.state).toEqual({ step: 'away', fault: 'failed' });
    }
    expect(bench.faults).toEqual(['not-authentic', 'not-authentic']);
    await connect(bench.host, phone.guest);
    expect(phone.guest.state.step).toBe('ready');
  });

  it('attack 18: points of low order in a hello, from either end', async () => {
    const bench = makeHostBench();
    const { offer } = bench.host.openPairing('route-1234');
    const phone = makeGuestBench(bench, { type: 'offer', offer });
    for (const point of lowOrderPoints) {
      for (const at of [staticKey, ephemeralKey]) {
        for (const direction of ['a-to-b', 'b-to-a'] as const) {
          await connect(bench.host, phone.guest, writeOver(direction, at, point));
          expect(phone.guest.state.step).toBe('away');
        }
      }
    }
    expect(bench.store.records.size).toBe(0);
    await expectHonestGuest(bench);
  });

  it('attack 34: a newer device and an older one say so, and neither harms the other', async () => {
    const newer = { min: 2, max: 3 };
    for (const [hostOptions, guestOptions] of [
      [{ versions: newer }, {}],
      [{}, { versions: newer }],
    ]) {
      const bench = makeHostBench(hostOptions);
      const { offer } = bench.host.openPairing('route-1234');
      const phone = makeGuestBench(bench, { type: 'offer', offer }, guestOptions);
      await connect(bench.host, phone.guest);
      expect(phone.guest.state).toEqual({ step: 'away', fault: 'version' });
      // The same window takes a device that speaks the host's language.
      const other = makeGuestBench(bench, { type: 'offer', offer }, { name: 'Honest', ...hostOptions });
      await connect(bench.host, other.guest);
      expect(other.guest.state.step).toBe('ready');
    }
  });
});
