import { expect, test } from 'vitest';
import { followsAfter } from '../../../src/ui/state/follow-rule.ts';

const place = (top: number, height = 1000) => ({ top, height, viewport: 400 });

test('scrolling up a little stops it, though the end is near', () => {
  expect(followsAfter(true, place(600), place(595))).toBe(false);
});

test('only the end starts it again', () => {
  expect(followsAfter(false, place(300), place(500))).toBe(false);
  expect(followsAfter(false, place(500), place(592))).toBe(true);
});

test('content that shrinks at the end does not stop it', () => {
  expect(followsAfter(true, place(600), place(500, 900))).toBe(true);
});

test('a fraction of a pixel is the end', () => {
  expect(followsAfter(true, place(600), place(599.5))).toBe(true);
});
