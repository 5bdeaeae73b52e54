import { expect, test } from 'vitest';
import {
  formatBytes,
  formatDate,
  formatOrdinal,
  formatPlural,
  formatSpeed,
} from '../../../src/ui/state/format-figures.ts';

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [12, '12th'],
  [21, '21st'],
])('place %i is %s', (place, text) => {
  expect(formatOrdinal(place)).toBe(text);
});

test('bytes are told as downloads are', () => {
  expect([0, 900, 4.25e6, 1.9e9].map(formatBytes)).toEqual(['0 kB', '1 kB', '4.3 MB', '1.9 GB']);
});

test('a slow speed keeps its fraction', () => {
  expect([2.46, 41.3].map(formatSpeed)).toEqual(['2.5 tokens/s', '41 tokens/s']);
});

test('one is not many', () => {
  expect([formatPlural(1, 'token'), formatPlural(2, 'token')]).toEqual(['1 token', '2 tokens']);
});

test('a date is that of the person’s own clock, and whatever a file holds is no fault', () => {
  const newYear = Date.UTC(2025, 11, 31, 23, 5);
  expect(formatDate(newYear, 'UTC')).toMatch(/^Dec 31, 2025, 11:05\sPM$/);
  expect(formatDate(newYear, 'Asia/Tokyo')).toMatch(/^Jan 1, 2026, 8:05\sAM$/);
  expect(formatDate(1e300)).toBe('Invalid Date');
});
