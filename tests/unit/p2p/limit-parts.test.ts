import { describe, expect, it } from 'vitest';
import { makeHourlyBudget } from '../../../src/p2p/session/hourly-budget.ts';
import { makeRateLimit } from '../../../src/p2p/session/rate-limit.ts';
import { makeRequestLog } from '../../../src/p2p/session/request-log.ts';
import type { RequestId } from '../../../src/p2p/session/messages.ts';
import { makeTokenBatch } from '../../../src/p2p/session/token-batch.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';

describe('the parts', () => {
  it('a batch sends the first token at once and joins what follows within 40 ms', () => {
    const clock = makeFakeClock(1_000);
    const out: [number, string, number][] = [];
    const batch = makeTokenBatch(clock, (words, tokens) => out.push([clock.now(), words, tokens]));
    for (let index = 0; index < 10; index += 1) {
      batch.add(`${index}`, 1);
      clock.advance(10);
    }
    batch.flush();
    expect(out).toEqual([
      [1_000, '0', 1],
      [1_040, '123', 3],
      [1_080, '4567', 4],
      [1_100, '89', 2],
    ]);
    batch.add('x'.repeat(20_000), 3);
    batch.flush();
    expect(out.slice(4).map(([, words, tokens]) => [words.length, tokens])).toEqual([
      [8_192, 3],
      [8_192, 0],
      [3_616, 0],
    ]);
  });

  it('a log makes room only of what was used', () => {
    const log = makeRequestLog();
    const id = 'a'.repeat(32) as RequestId;
    const entry = (number: number) => ({
      type: 'text' as const,
      id,
      number,
      text: 'x'.repeat(8_000),
      tokens: 1,
    });
    let number = 1;
    while (log.append(entry(number), 0)) number += 1;
    expect(log.bytes).toBeLessThanOrEqual(1024 * 1024);
    expect([log.first, log.last]).toEqual([1, number - 1]);
    expect(log.append(entry(number), 10)).toBe(true);
    expect([log.first, log.last]).toEqual([2, number]);
    expect(log.at(1)).toBeNull();
  });

  it('an hour forgets minute by minute', () => {
    const clock = makeFakeClock(0);
    const budget = makeHourlyBudget(clock);
    budget.spend(5);
    clock.advance(30 * 60_000);
    budget.spend(7);
    expect(budget.used).toBe(12);
    clock.advance(budget.secondsToMore * 1_000);
    expect(budget.used).toBe(7);
    expect(budget.secondsToMore).toBe(30 * 60);
  });

  it('an hour does not count what was spent later than now, by a clock that was set back', () => {
    let now = 5 * 3_600_000;
    const budget = makeHourlyBudget({ now: () => now, after: () => () => {} });
    budget.spend(5);
    now -= 2 * 3_600_000;
    expect(budget.used).toBe(0);
    budget.spend(7);
    expect(budget.used).toBe(7);
    expect(budget.secondsToMore).toBeLessThanOrEqual(3_660);
  });

  it('a rate fills up again, and not from a clock set back', () => {
    const clock = makeFakeClock(10_000);
    const may = makeRateLimit(clock, 3, 2);
    expect([may(), may(), may(), may()]).toEqual([true, true, true, false]);
    clock.advance(500);
    expect([may(), may()]).toEqual([true, false]);
  });
});
