import { readFileSync, rmSync } from 'node:fs';
import { ensureChromium } from './chromium.mjs';
import { judge } from './count-tests.mjs';
import { gates, reportPath } from './gates.mjs';
import { prepare } from './prepare.mjs';
import { Problem } from './problem.mjs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';

/** Longest a gate may take, in milliseconds: a hang must end as a failure that names its gate. */
const longestGate = 30 * 60_000;

/** @typedef {{ name: string, passed: number, failed: number, skipped: number, note: string, seconds: number }} Result */

/** @param {import('./gates.mjs').Gate} gate */
function readCounts({ name, count }) {
  try {
    return count ? count(JSON.parse(readFileSync(inRepo(reportPath(name)), 'utf8'))) : null;
  } catch {
    // A missing or broken report is what a crashed runner leaves; `judge` makes it a failure.
    return null;
  }
}

/**
 * @param {import('./gates.mjs').Gate} gate
 * @returns {Promise<Result>}
 */
async function runGate(gate) {
  const { name, count } = gate;
  const [command = '', ...args] = gate.command;
  console.log(`\n== ${name}: ${gate.command.join(' ')}`);
  const start = performance.now();
  // The last run's report must not speak for this one.
  rmSync(inRepo(reportPath(name)), { force: true });
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: inRepo(reportPath(name)) };
  const exitCode = await run(command, args, { env, timeout: longestGate });
  const seconds = (performance.now() - start) / 1000;
  return { name, ...judge({ exitCode, counts: readCounts(gate), hasTests: count !== undefined }), seconds };
}

/** @param {Result[]} results */
function printTable(results) {
  console.log(`\n${'gate'.padEnd(9)}result   passed  failed  skipped  seconds`);
  for (const { name, passed, failed, skipped, note, seconds } of results) {
    const numbers = [
      String(passed).padStart(6),
      String(failed).padStart(8),
      String(skipped).padStart(9),
    ].join('');
    const result = failed === 0 ? 'ok' : 'FAILED';
    console.log(
      `${name.padEnd(9)}${result.padEnd(9)}${numbers}${seconds.toFixed(1).padStart(9)}  ${note}`.trimEnd(),
    );
  }
}

/**
 * The sentence of the problem that stopped this work; null when it was done.
 * @param {Promise<void>} work
 */
async function problemOf(work) {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/**
 * @param {string} note
 * @returns {Result}
 */
const failedSetup = (note) => ({ name: 'setup', passed: 0, failed: 1, skipped: 0, note, seconds: 0 });

/**
 * @param {import('./gates.mjs').Gate[]} chosen
 * @returns {Promise<Result[]>}
 */
async function resultsOf(chosen) {
  const needsBuild = chosen.some((gate) => gate.needsBuild) && !chosen.some(({ name }) => name === 'build');
  const notReady = await problemOf(prepare({ withBuild: needsBuild }));
  if (notReady !== null) return [failedSetup(notReady)];
  const results = [];
  if (chosen.some((gate) => gate.needsChromium)) {
    // Without one the other gates still have something to say.
    const noChromium = await problemOf(ensureChromium());
    if (noChromium !== null) results.push(failedSetup(noChromium));
  }
  for (const gate of chosen) results.push(await runGate(gate));
  return results;
}

/**
 * Runs the named gates one after another, going on after a failure, and prints what came of each.
 * The last line is `N passed, N failed`; anything failed sets the exit code.
 * @param {string[]} names
 */
export async function runGates(names) {
  const unknown = names.find((name) => !gates.some((gate) => gate.name === name));
  if (unknown !== undefined) {
    throw new Problem(
      `There is no gate "${unknown}". There are: ${gates.map((gate) => gate.name).join(', ')}.`,
    );
  }
  const chosen = gates.filter((gate) => names.includes(gate.name));
  const results = await resultsOf(chosen);
  printTable(results);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  if (failed > 0) process.exitCode = 1;
  console.log(`\n${passed} passed, ${failed} failed`);
}
