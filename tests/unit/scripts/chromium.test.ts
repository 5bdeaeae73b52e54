import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';
import { expect, test } from 'vitest';
import { findChromium } from '../../../scripts/chromium.mjs';

const first = join('/one/bin');
const second = join('/two/bin');
const env = { PATH: [first, second].join(delimiter) };
const only =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

test('the environment is taken at its word', () => {
  const chosen = { ...env, HEARTH_CHROMIUM: '/my/chromium' };
  expect(findChromium({ env: chosen, isUsable: () => true })).toBe('/my/chromium');
});

test('one on the path that does not start is passed over', () => {
  const chrome = join(second, 'google-chrome');
  expect(findChromium({ env, isUsable: only(chrome) })).toBe(chrome);
});

test('the name counts before the folder', () => {
  const later = join(second, 'chromium');
  expect(findChromium({ env, isUsable: only(join(first, 'google-chrome'), later) })).toBe(later);
});

test('after the path come the usual places, and then the one that Playwright keeps', () => {
  expect(findChromium({ env, isUsable: only('/snap/bin/chromium') })).toBe('/snap/bin/chromium');
  const playwrights = chromium.executablePath();
  expect(findChromium({ env, isUsable: only(playwrights) })).toBe(playwrights);
});

test('none is none', () => {
  expect(findChromium({ env, isUsable: () => false })).toBeNull();
});
