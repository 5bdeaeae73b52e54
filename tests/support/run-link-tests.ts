import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/p2p/link/link.ts';
import { FINGERPRINT_BYTES, MAX_FRAME_BYTES } from '../../src/p2p/link/link.ts';

export interface LinkPair {
  a: Link;
  b: Link;
  /** What carries the two dies, without either end's doing. */
  cut(): Promise<void> | void;
  /** After the test. */
  dispose?(): Promise<void> | void;
}

interface Ear {
  frames: Uint8Array[];
  closes: number;
}

function listen(link: Link): Ear {
  const ear: Ear = { frames: [], closes: 0 };
  link.listen({
    onFrame: (frame) => ear.frames.push(frame),
    onDrain() {},
    onClosed: () => (ear.closes += 1),
  });
  return ear;
}

/** Real links share two cores with everything else. */
const patience = { timeout: 15_000 };
const until = (read: () => unknown) => expect.poll(read, patience);

/** A frame whose every byte tells its place and its number. */
const frameOf = (number: number, length: number) =>
  Uint8Array.from({ length }, (_, index) => (number * 31 + index * 7) % 256);

/** What every link must do, whatever carries it. */
export function runLinkTests(name: string, setup: () => Promise<LinkPair> | LinkPair): void {
  const withPair = async (test: (pair: LinkPair) => Promise<void>) => {
    const pair = await setup();
    try {
      await test(pair);
    } finally {
      await pair.dispose?.();
    }
  };

  describe(`link: ${name}`, { timeout: 30_000 }, () => {
    it('carries frames both ways, whole and in order', () =>
      withPair(async ({ a, b }) => {
        const [earA, earB] = [listen(a), listen(b)];
        const sent = Array.from({ length: 50 }, (_, number) => frameOf(number, 1 + number * 13));
        for (const frame of sent) {
          expect(a.send(frame)).toBe(true);
          expect(b.send(frame)).toBe(true);
        }
        await until(() => [earA.frames.length, earB.frames.length]).toEqual([50, 50]);
        expect(earB.frames).toEqual(sent);
        expect(earA.frames).toEqual(sent);
      }));

    it('carries the longest frame and refuses a longer one', () =>
      withPair(async ({ a, b }) => {
        const ear = listen(b);
        listen(a);
        a.send(frameOf(1, MAX_FRAME_BYTES));
        await until(() => ear.frames.length).toBe(1);
        expect(ear.frames[0]).toEqual(frameOf(1, MAX_FRAME_BYTES));
        expect(() => a.send(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow(RangeError);
      }));

    it('keeps what arrives before anybody listens', () =>
      withPair(async ({ a, b }) => {
        const earA = listen(a);
        a.send(frameOf(1, 10));
        a.send(frameOf(2, 10));
        // By the time that this comes back, the two are there.
        b.send(frameOf(3, 10));
        await until(() => earA.frames.length).toBe(1);
        const earB = listen(b);
        await until(() => earB.frames).toEqual([frameOf(1, 10), frameOf(2, 10)]);
      }));

    it('keeps no more than that: who talks on to nobody is refused, or cut off', () =>
      withPair(async ({ a }) => {
        const ear = listen(a);
        let taken = 0;
        while (taken < 1_000 && a.send(frameOf(taken, 100))) taken += 1;
        await until(() => taken < 1_000 || ear.closes === 1).toBe(true);
      }));

    it('hands over in the middle of what was kept, when a listener asks for it', () =>
      withPair(async ({ a, b }) => {
        const earA = listen(a);
        for (const number of [1, 2, 3]) a.send(frameOf(number, 10));
        b.send(frameOf(4, 10));
        await until(() => earA.frames.length).toBe(1);
        const first: Uint8Array[] = [];
        let second: Ear | null = null;
        b.listen({
          onFrame(frame) {
            first.push(frame);
            second = listen(b);
          },
          onDrain() {},
          onClosed() {},
        });
        await until(() => second?.frames).toEqual([frameOf(2, 10), frameOf(3, 10)]);
        expect(first).toEqual([frameOf(1, 10)]);
      }));

    it('gives everything to the newest listener', () =>
      withPair(async ({ a, b }) => {
        listen(a);
        const first = listen(b);
        const second = listen(b);
        a.send(frameOf(1, 10));
        await until(() => second.frames.length).toBe(1);
        expect(first.frames).toEqual([]);
      }));

    it('says once that the other end closed, and nothing afterwards', () =>
      withPair(async ({ a, b }) => {
        const [earA, earB] = [listen(a), listen(b)];
        a.close();
        a.close();
        await until(() => earB.closes).toBe(1);
        expect(earA.closes).toBe(0);
        expect(a.send(frameOf(1, 10))).toBe(false);
        expect(b.send(frameOf(1, 10))).toBe(false);
        b.close();
        expect([earA.frames, earB.closes]).toEqual([[], 1]);
      }));

    it('tells both ends of a death', () =>
      withPair(async ({ a, b, cut }) => {
        const [earA, earB] = [listen(a), listen(b)];
        await cut();
        await until(() => [earA.closes, earB.closes]).toEqual([1, 1]);
        expect(a.send(frameOf(1, 10))).toBe(false);
      }));

    it('tells of a death, once, whoever comes to listen later', () =>
      withPair(async ({ a, b, cut }) => {
        const earA = listen(a);
        a.send(frameOf(1, 10));
        b.send(frameOf(2, 10));
        await until(() => earA.frames.length).toBe(1);
        await cut();
        await until(() => earA.closes).toBe(1);
        const earB = listen(b);
        await until(() => [earB.frames, earB.closes]).toEqual([[frameOf(1, 10)], 1]);
        expect(listen(b).closes).toBe(0);
      }));

    it('refuses frames when it is full, loses none, and says when to go on', () =>
      withPair(async ({ a, b }) => {
        const ear = listen(b);
        const total = 2_000;
        let next = 0;
        let refusals = 0;
        const pump = () => {
          while (next < total) {
            const frame = new Uint8Array(8_000);
            new DataView(frame.buffer).setUint32(0, next);
            if (!a.send(frame)) {
              refusals += 1;
              return;
            }
            next += 1;
          }
        };
        a.listen({ onFrame() {}, onDrain: pump, onClosed() {} });
        pump();
        await until(() => ear.frames.length).toBe(total);
        expect(refusals).toBeGreaterThan(0);
        const numbers = ear.frames.map((frame) => new DataView(frame.buffer, frame.byteOffset).getUint32(0));
        expect(numbers).toEqual(Array.from({ length: total }, (_, number) => number));
      }));

    it('names its fingerprints, the same from both ends', () =>
      withPair(async ({ a, b }) => {
        expect(a.fingerprints.label).toBe(b.fingerprints.label);
        expect(a.fingerprints.local).toHaveLength(FINGERPRINT_BYTES);
        expect(a.fingerprints.local).toEqual(b.fingerprints.remote);
        expect(a.fingerprints.remote).toEqual(b.fingerprints.local);
      }));
  });
}
