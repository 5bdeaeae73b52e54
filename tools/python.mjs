import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../scripts/problem.mjs';
import { inRepo } from '../scripts/repo.mjs';
import { ensureEnvironment, must, pythonIn } from '../scripts/virtual-environment.mjs';

/**
 * The Python of a virtual environment in .cache with a tool's packages, which its pyproject.toml pins. Made when it is
 * missing; its packages are installed again when that file has changed.
 * @param {string} name of the folder in tools
 * @param {{ withTests?: boolean, says: string }} options `says` goes before the wait
 */
export function ensurePython(name, { withTests = false, says }) {
  const folder = inRepo('tools', name);
  const environment = inRepo('.cache', `${name}-venv`);
  const python = pythonIn(environment);
  const wanted = readFileSync(join(folder, 'pyproject.toml'), 'utf8');
  const stamp = (/** @type {string} */ part) => join(environment, `${part}.toml`);
  const has = (/** @type {string} */ part) =>
    existsSync(stamp(part)) && readFileSync(stamp(part), 'utf8') === wanted;
  if (has('test') || (!withTests && has('run'))) return python;

  console.error(says);
  ensureEnvironment(environment);
  for (const part of ['run', 'test']) rmSync(stamp(part), { force: true });
  const project = withTests ? `${folder}[test]` : folder;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--editable', project];
  must(python, pip, 'pip could not install the packages; the reason is above.');
  writeFileSync(stamp(withTests ? 'test' : 'run'), wanted);
  return python;
}

/**
 * Runs the tool, its output and input being ours. Returns its exit code.
 * @param {string} python
 * @param {string[]} args
 * @param {string} [cwd]
 */
export const runPython = (python, args, cwd) =>
  spawnSync(python, args, { stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) }).status ?? 1;

/**
 * The gates of a tool, until one fails. Returns the exit code.
 * @param {string} name
 * @param {string} python
 * @param {string[]} args for pytest
 */
export function testTool(name, python, args) {
  const gates = [['ruff', 'check', '.'], ['ruff', 'format', '--check', '.'], ['mypy'], ['pytest', ...args]];
  let code = 0;
  for (const gate of gates) code ||= runPython(python, ['-m', ...gate], inRepo('tools', name));
  return code;
}

/**
 * Ends the process with the code that `work` returns; 2 and one sentence when a person has to mend something first.
 * @param {() => number} work
 */
export function exitWith(work) {
  try {
    process.exitCode = work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
