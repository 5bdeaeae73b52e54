import { expect, test } from 'vitest';
import { guestWords, sinceWords } from '../../../src/ui/state/guest-words.ts';
import { guestView } from '../../support/scripted-state.ts';

const now = 1_800_000_000_000;
const minute = 60_000;

test.each([
  [0, 'here a moment ago'],
  [minute, 'here 1 minute ago'],
  [59 * minute, 'here 59 minutes ago'],
  [60 * minute, 'here 1 hour ago'],
  [49 * 60 * minute, 'here 2 days ago'],
])('last seen %i ms ago: %s', (ago, words) => {
  expect(sinceWords(now - ago, now)).toBe(words);
});

test.each([
  [{ isApproved: false, running: 1 }, 'Waits for you to decide'],
  [{ running: 1, waiting: 1 }, 'Uses the GPU now'],
  [{ waiting: 1 }, 'Waits for the GPU'],
  [{ tokensLastHour: 1 }, 'Connected · 1 token in the last hour'],
  [{ paths: [], lastSeen: now - minute }, 'Away, here 1 minute ago'],
])('a guest: %o', (guest, words) => {
  expect(guestWords(guestView(guest), now)).toBe(words);
});
