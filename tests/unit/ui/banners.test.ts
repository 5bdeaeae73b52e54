import { expect, test } from 'vitest';
import type { CoreState, StorageState } from '../../../src/shared/topics.ts';
import { bannersOf } from '../../../src/ui/state/banners.ts';

const open: CoreState = { phase: 'open', reason: null };
const ready: StorageState = { status: 'ready', error: null, unsaved: 0 };

test('there is none while all is well, or not yet known', () => {
  expect(bannersOf('open', open, ready)).toEqual([]);
  expect(bannersOf('connecting', null, null)).toEqual([]);
});

test('records that cannot be read are a quiet notice beside storage that works', () => {
  const error = { code: 'storage-failed' as const, message: 'One saved record cannot be read.' };
  expect(bannersOf('open', open, { ...ready, error })).toEqual([
    { about: 'storage', tone: 'notice', text: error.message, action: null },
  ]);
});

test('a waiting core can be asked to come here', () => {
  expect(bannersOf('open', { phase: 'waiting', reason: null }, ready)).toMatchObject([
    { action: 'take-over' },
  ]);
});

test('a tab whose core retired is told why, and to reload', () => {
  const [newer] = bannersOf('open', { phase: 'retired', reason: 'newer-build' }, ready);
  const [moved] = bannersOf('open', { phase: 'retired', reason: 'other-tab' }, ready);
  expect(newer).toMatchObject({ action: 'reload' });
  expect(newer?.text).toContain('newer version');
  expect(moved?.text).toContain('moved to another tab');
});

test('messages that are not saved are counted', () => {
  const text = (unsaved: number) =>
    bannersOf('open', open, { status: 'full', error: null, unsaved })[0]?.text;
  expect(text(1)).toContain("1 message isn't saved");
  expect(text(3)).toContain("3 messages aren't saved");
  expect(text(0)).not.toContain('saved');
});

test('what is most basic comes first', () => {
  const banners = bannersOf('failed', open, { status: 'blocked', error: null, unsaved: 0 });
  expect(banners.map((banner) => banner.action)).toEqual(['reload', null]);
});
