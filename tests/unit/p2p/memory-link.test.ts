import { describe, expect, it } from 'vitest';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { runLinkTests } from '../../support/run-link-tests.ts';

runLinkTests('memory', () => makeMemoryLink({ capacity: 100 }));

describe('memory link', () => {
  it('delays, holds and records', () => {
    const clock = makeFakeClock();
    const wire = makeMemoryLink({ later: (deliver) => clock.after(20, deliver) });
    const arrived: number[] = [];
    wire.b.listen({ onFrame: (frame) => arrived.push(frame[0] ?? 0), onDrain() {}, onClosed() {} });
    wire.a.send(Uint8Array.of(1));
    clock.advance(19);
    expect(arrived).toEqual([]);
    clock.advance(1);
    expect(arrived).toEqual([1]);
    wire.hold();
    wire.a.send(Uint8Array.of(2));
    wire.a.send(Uint8Array.of(3));
    clock.advance(1_000);
    expect(arrived).toEqual([1]);
    wire.release();
    clock.advance(20);
    expect(arrived).toEqual([1, 2, 3]);
    expect(wire.recorded.map(({ direction, frame }) => [direction, frame[0]])).toEqual([
      ['a-to-b', 1],
      ['a-to-b', 2],
      ['a-to-b', 3],
    ]);
  });

  it('dies after a number of frames', async () => {
    const wire = makeMemoryLink({ diesAfter: 2 });
    const arrived: number[] = [];
    let closes = 0;
    wire.b.listen({
      onFrame: (frame) => arrived.push(frame[0] ?? 0),
      onDrain() {},
      onClosed: () => (closes += 1),
    });
    for (const number of [1, 2, 3]) wire.a.send(Uint8Array.of(number));
    await expect.poll(() => closes).toBe(1);
    expect(arrived).toEqual([1, 2]);
  });
});
