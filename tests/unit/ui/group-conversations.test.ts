import { expect, test } from 'vitest';
import { conversationOf } from '../../support/scripted-state.ts';
import { firstOf, groupConversations, startOfDay } from '../../../src/ui/state/group-conversations.ts';

const now = new Date(2026, 9, 14, 15, 0).getTime();
const at = (day: number, hour = 12) => conversationOf({ updatedAt: new Date(2026, 9, day, hour).getTime() });

test('conversations are grouped by calendar days, newest first', () => {
  const [morning, noon, yesterday, week, old] = [at(14, 0), at(14), at(13, 23), at(7), at(6, 23)];
  expect(groupConversations([old, morning, week, noon, yesterday], now)).toEqual([
    { label: 'Today', ids: [noon.id, morning.id] },
    { label: 'Yesterday', ids: [yesterday.id] },
    { label: 'Previous 7 days', ids: [week.id] },
    { label: 'Older', ids: [old.id] },
  ]);
});

test('what is deleted is not listed, and empty groups are left out', () => {
  const kept = at(1);
  expect(groupConversations([kept, { ...at(14), deletedAt: now }], now)).toEqual([
    { label: 'Older', ids: [kept.id] },
  ]);
});

test('a conversation of the future, by a wrong clock, is of today', () => {
  expect(groupConversations([at(20)], now)[0]?.label).toBe('Today');
});

test('a day begins at local midnight', () => {
  expect(startOfDay(now)).toBe(new Date(2026, 9, 14).getTime());
  expect(startOfDay(now, -1)).toBe(new Date(2026, 9, 15).getTime());
});

test('the first of them all are taken from the top, and groups without any left are left out', () => {
  const [today, earlier, yesterday, old] = [at(14), at(14, 1), at(13), at(1)];
  const groups = groupConversations([today, earlier, yesterday, old], now);
  expect(firstOf(groups, 9)).toEqual(groups);
  expect(firstOf(groups, 3)).toEqual(groups.slice(0, 2));
  expect(firstOf(groups, 1)).toEqual([{ label: 'Today', ids: [today.id] }]);
  expect(firstOf(groups, 0)).toEqual([]);
});
