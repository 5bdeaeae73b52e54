import { expect, test } from 'vitest';
import { foldText } from '../../../src/ui/state/fold-text.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`).join('\n');

test.each([
  ['a word', 'Hello'],
  ['twenty lines, and empty ones behind them', `${lines(20)}\n\n`],
  ['2,000 characters', 'x'.repeat(2000)],
])('%s stand in full', (_, text) => {
  expect(foldText(text)).toBeNull();
});

test.each([
  ['lines', lines(21), lines(20)],
  ['characters', 'x'.repeat(2001), 'x'.repeat(2000)],
  ['both', `${'x'.repeat(1999)}\n${lines(100)}`, `${'x'.repeat(1999)}\n`],
])('of too many %s only the beginning does', (_, text, beginning) => {
  expect(foldText(text)).toBe(beginning);
});

test('no character is cut in half', () => {
  expect(foldText(`${'x'.repeat(1999)}🔥🔥`)).toBe('x'.repeat(1999));
});
