import { expect, it } from 'vitest';
import { fuzzReaders, fuzzSession } from '../unit/p2p/fuzz.ts';
import { heapUsed, megabytes } from './memory.ts';

const half = 500_000;
/** What compiled code and caches may take; one byte kept of each frame would not show, two of them would. */
const slack = 4 * 1024 * 1024;

async function expectFlat(name: string, work: (frames: number) => Promise<void> | void): Promise<void> {
  // Once before, so that only what stays for each frame is counted.
  await work(20_000);
  const before = heapUsed();
  const start = performance.now();
  await work(half);
  const after = heapUsed();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `${half} frames, ${name}: ${megabytes(before)} before, ${megabytes(after)} after (${seconds} s)`,
  );
  expect(after - before).toBeLessThan(slack);
}

it('half a million frames against a live session', () => expectFlat('live session', fuzzSession));
it('half a million frames against the readers', () => expectFlat('readers', fuzzReaders));
