/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {any} report what `vitest --reporter=json` writes
 * @returns {Counts}
 */
export function countVitest(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {any} report what `playwright test --reporter=json` writes
 * @returns {Counts}
 */
export function countPlaywright({ stats }) {
  // A test that failed before it passed is a failed one.
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * What a gate adds to the totals. One without tests counts as one. A runner that fails without a failed test, leaves
 * no report, or ran nothing is a failure itself: otherwise a crash would look like success.
 * @param {{ exitCode: number, counts: Counts | null, hasTests: boolean }} outcome
 * @returns {Counts & { note: string }}
 */
export function judge({ exitCode, counts, hasTests }) {
  const isGood = exitCode === 0;
  if (!hasTests) return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0, note: '' };
  if (!counts) return { passed: 0, failed: 1, skipped: 0, note: 'no report' };
  if (counts.failed > 0) return { ...counts, note: '' };
  if (!isGood) return { ...counts, failed: 1, note: `exit code ${exitCode}` };
  if (counts.passed === 0) return { ...counts, failed: 1, note: 'no test ran' };
  return { ...counts, note: '' };
}
