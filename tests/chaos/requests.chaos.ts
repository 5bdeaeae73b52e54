import { expect, it } from 'vitest';
import { bodyOf, done, makePaired, read, settle, text, started } from '../unit/p2p/harness.ts';
import { heapUsed, megabytes } from './memory.ts';

const requests = 10_000;
const slack = 4 * 1024 * 1024;

it('a session of 10,000 requests, each answered to the letter, in flat memory', async () => {
  const { bench, phone, wire } = await makePaired();
  const figures: number[] = [];
  for (let number = 1; number <= requests; number += 1) {
    const reading = read(phone.guest, bodyOf(`Question ${number}`));
    await settle();
    const run = bench.engine.runs.pop();
    await run?.emit(started, text(`Answer `));
    await run?.emit(text(`${number}`), done);
    // Nobody asks faster; and an answer is kept for ten minutes, then forgotten.
    bench.clock.advance(5_000);
    await settle();
    if (reading.text !== `Answer ${number}` || !reading.isOver)
      expect([reading.text, reading.error]).toEqual([`Answer ${number}`, null]);
    // What the harness writes down.
    for (const notes of [wire.recorded, phone.states, bench.faults]) notes.length = 0;
    if (number % 1_000 === 0) figures.push(heapUsed());
  }
  console.log(`10,000 requests, memory after each 1,000: ${figures.map(megabytes).join(', ')}`);
  const [first = 0] = figures;
  expect((figures.at(-1) ?? 0) - first).toBeLessThan(slack);
});
