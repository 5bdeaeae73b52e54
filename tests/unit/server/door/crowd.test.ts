import { expect, test } from 'vitest';
import { keyOf, sendCrowd } from '../../../support/door-crowd.ts';
import { openDoorHouse } from '../../../support/door-house.ts';
import { WordEngine } from '../../../support/word-engine.ts';

test('64 programs at once: each gets its own words in order, all get as many answers, hang-ups leave nothing running', async () => {
  const [clients, words, rounds] = [64, 8, 4];
  const engine = new WordEngine({ words, wordMs: 0 });
  const apiKeys = Array.from({ length: clients }, (_, client) => keyOf(client));
  const house = await openDoorHouse({ engine, door: { apiKeys } });
  const crowd = await sendCrowd(house, engine, {
    clients,
    words,
    goesOn: (number) => number < rounds,
    hangUpEvery: 4,
  });
  expect(crowd.faults).toEqual([]);
  expect(crowd.hangUps).toBe((clients * rounds) / 4);
  expect(new Set(crowd.answers)).toEqual(new Set([3]));
  await expect.poll(() => house.core?.runs.isBusy()).toBe(false);
  const headers = { authorization: `Bearer ${keyOf(0)}` };
  const metrics = await (await fetch(`${house.url}/metrics`, { headers })).text();
  expect(metrics.split('\n')).toEqual(expect.arrayContaining(['hearth_requests_open 0', 'hearth_queue 0']));
  // A hang-up after the first word: few more were written before the core knew.
  expect(engine.written).toBeLessThan(clients * rounds * words);
  await house.close();
});
