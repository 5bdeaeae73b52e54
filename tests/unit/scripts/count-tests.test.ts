import { expect, test } from 'vitest';
import { countPlaywright, countVitest, judge } from '../../../scripts/count-tests.mjs';

const good = { passed: 3, failed: 0, skipped: 1 };

test('the runners are counted in their own words', () => {
  expect(countVitest({ numPassedTests: 3, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 })).toEqual({
    passed: 3,
    failed: 2,
    skipped: 2,
  });
  // A flaky test failed once, and that is a failure.
  expect(countPlaywright({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 4 } })).toEqual({
    passed: 3,
    failed: 2,
    skipped: 4,
  });
});

test('a gate without tests counts as one', () => {
  expect(judge({ exitCode: 0, counts: null, hasTests: false })).toMatchObject({ passed: 1, failed: 0 });
  expect(judge({ exitCode: 1, counts: null, hasTests: false })).toMatchObject({ passed: 0, failed: 1 });
});

test('a gate with tests counts them', () => {
  expect(judge({ exitCode: 0, counts: good, hasTests: true })).toEqual({ ...good, note: '' });
  const bad = { passed: 3, failed: 2, skipped: 0 };
  expect(judge({ exitCode: 1, counts: bad, hasTests: true })).toEqual({ ...bad, note: '' });
});

test.each([
  ['leaves no report', { exitCode: 0, counts: null }, 'no report'],
  ['crashes after its tests', { exitCode: 137, counts: good }, 'exit code 137'],
  ['runs nothing', { exitCode: 0, counts: { passed: 0, failed: 0, skipped: 0 } }, 'no test ran'],
  ['skips everything', { exitCode: 0, counts: { passed: 0, failed: 0, skipped: 9 } }, 'no test ran'],
])('a runner that %s is a failure', (_what, outcome, note) => {
  expect(judge({ ...outcome, hasTests: true })).toMatchObject({ failed: 1, note });
});
