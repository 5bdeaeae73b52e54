import { expect, it } from 'vitest';
import type { HostView } from '../../../src/shared/devices-state.ts';
import { hostWords, stepsOf } from '../../../src/ui/state/connection-steps.ts';

const host: HostView = {
  id: 'pairing',
  pairingId: null,
  name: 'Laptop',
  lastSeen: null,
  step: 'link',
  failure: null,
  isOver: false,
  comparison: null,
  path: null,
  isSuspended: false,
  isPaused: false,
  model: null,
  running: 0,
  waiting: 0,
};

it.each<[Partial<HostView>, string]>([
  [{}, 'Connecting'],
  [{ failure: 'Hearth is not open there.' }, 'Not there just now'],
  [{ failure: 'It was denied.', isOver: true }, 'Not connected'],
  // It is there, and has nothing to answer with.
  [{ step: 'engine', failure: 'It uses a server now.' }, 'Connected, but cannot answer now'],
  [{ step: 'ready', path: 'relay', model: 'Pocket' }, 'Connected through the server · Pocket'],
  [{ step: 'ready', path: 'dtls', running: 1, waiting: 1 }, 'Connected directly · 2 in its queue'],
  [{ step: 'ready', isSuspended: true, model: 'Pocket' }, 'Asleep, or out of reach'],
])('a host in a few words: %o', (change, words) => {
  expect(hostWords({ ...host, ...change })).toBe(words);
});

it('of the steps to a host, those before the current one are done', () => {
  expect(stepsOf({ step: 'handshake', failure: 'It broke off.' }).map(({ state }) => state)).toEqual([
    'done',
    'done',
    'failed',
    'ahead',
    'ahead',
  ]);
});
