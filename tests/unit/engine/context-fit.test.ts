import { describe, expect, test } from 'vitest';
import { firstTurnThatFits, type ContextFit } from '../../../src/worker/engines/context-fit.ts';

/** A conversation of equal turns, the last a person's. */
const fitOf = (turns: number, change: Partial<ContextFit> = {}): ContextFit => ({
  head: 1,
  turns: Array.from({ length: turns }, (_, index) => ({
    role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
    tokens: 10,
  })),
  emptyOpening: 4,
  opening: 4,
  contextWindow: 200,
  reserve: 50,
  ...change,
});

describe('the oldest turn of a prompt', () => {
  test('is the first while there is room', () => {
    // 1 + 140 + 4 + 50 tokens, and two more turns would be 215.
    expect(firstTurnThatFits(fitOf(13))).toBe(0);
    expect(firstTurnThatFits(fitOf(15))).toBeGreaterThan(0);
  });

  test('is a question, and leaves the context three quarters full', () => {
    const fit = fitOf(15);
    const first = firstTurnThatFits(fit);
    expect(fit.turns[first]?.role).toBe('user');
    const tokens = 1 + (15 - first) * 10 + 4 + 50;
    expect(tokens).toBeLessThanOrEqual(150);
    expect(tokens + 20).toBeGreaterThan(150);
  });

  test('stays the same for several questions, so that the KV cache is of use', () => {
    const firsts = Array.from({ length: 30 }, (_, pair) => firstTurnThatFits(fitOf(2 * pair + 1)));
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    const changes = firsts.filter((first, index) => index > 0 && first !== firsts[index - 1]).length;
    expect(changes).toBeGreaterThan(2);
    expect(changes).toBeLessThan(11);
  });

  test('is never after the last question, however long that is', () => {
    const fit = fitOf(5);
    fit.turns[4] = { role: 'user', tokens: 1000 };
    expect(firstTurnThatFits(fit)).toBe(4);
  });

  test('gives way to what a continued answer already says', () => {
    expect(firstTurnThatFits(fitOf(13, { opening: 4 }))).toBe(0);
    expect(firstTurnThatFits(fitOf(13, { opening: 60 }))).toBeGreaterThan(0);
  });

  test('is the first in a context without an end', () => {
    expect(firstTurnThatFits(fitOf(1001, { contextWindow: Number.POSITIVE_INFINITY }))).toBe(0);
  });
});
