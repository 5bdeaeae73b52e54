import { expect, it } from 'vitest';
import { keyOf, sendCrowd } from '../support/door-crowd.ts';
import { openDoorHouse } from '../support/door-house.ts';
import { WordEngine } from '../support/word-engine.ts';
import { heapUsed, megabytes } from './memory.ts';

const clients = 64;
const words = 20;
/** Two minutes. */
const forMs = Number(process.env['HEARTH_CHAOS_DOOR_MS'] ?? 120_000);
const slack = 8 * 1024 * 1024;

const quantile = (values: number[], part: number): string =>
  `${(values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN).toFixed(1)} ms`;

const open = async () => {
  const engine = new WordEngine({ words, wordMs: 1 });
  const apiKeys = Array.from({ length: clients }, (_, client) => keyOf(client));
  return { engine, house: await openDoorHouse({ engine, door: { apiKeys } }) };
};

it('64 programs for two minutes: no word lost, mixed or doubled, equal shares, flat memory', async () => {
  const { engine, house } = await open();
  const end = performance.now() + forMs;
  const memory: number[] = [];
  const crowd = await sendCrowd(house, engine, {
    clients,
    words,
    goesOn: () => performance.now() < end,
    hangUpEvery: 10,
    onAnswers(answers) {
      // The first five hundred bring everything into being that stays.
      if (answers % 500 === 0) memory.push(heapUsed());
    },
  });
  const all = crowd.answers.reduce((sum, count) => sum + count, 0);
  console.log(`${all} answers of ${words} words, ${crowd.hangUps} hang-ups, ${crowd.faults.length} faults`);
  console.log(`answers of one client: ${Math.min(...crowd.answers)} to ${Math.max(...crowd.answers)}`);
  console.log(
    `a word from the engine to its client: median ${quantile(crowd.wordMs, 0.5)}, p99 ${quantile(crowd.wordMs, 0.99)}`,
  );
  console.log(`memory: ${memory.map(megabytes).join(', ')}`);
  expect(crowd.faults).toEqual([]);
  // A round is 256 tokens for each: who asks a moment later may be one behind.
  expect(Math.max(...crowd.answers) - Math.min(...crowd.answers)).toBeLessThanOrEqual(Math.ceil(256 / words));
  await expect.poll(() => house.core?.runs.isBusy()).toBe(false);
  expect((memory.at(-1) ?? 0) - (memory[0] ?? 0)).toBeLessThan(slack + crowd.wordMs.length * 16);
  await house.close();
});
