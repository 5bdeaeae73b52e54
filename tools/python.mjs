import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../scripts/problem.mjs';
import { inRepo } from '../scripts/repo.mjs';

const isWindows = process.platform === 'win32';
const newEnough = 'import sys; sys.exit(sys.version_info < (3, 11))';

/**
 * Whether a program can be started and says that all is well.
 * @param {string} program
 * @param {string[]} args
 */
export const works = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/**
 * Runs a program to its end, its output going to standard error, as that of tools may be read by others.
 * @param {string} program
 * @param {string[]} args
 * @param {string} problem the sentence when it fails
 */
export function must(program, args, problem) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Problem(problem);
}

function findPython() {
  const names = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
  const found = names.find((name) => works(name, ['-c', newEnough]));
  if (found === undefined) throw new Problem('Python 3.11 or newer is needed, and none was found.');
  return found;
}

/**
 * The Python of a virtual environment in .cache with a tool's packages, which its pyproject.toml pins. Made when it is
 * missing; its packages are installed again when that file has changed.
 * @param {string} name of the folder in tools
 * @param {{ withTests?: boolean, says: string }} options `says` goes before the wait
 */
export function ensurePython(name, { withTests = false, says }) {
  const folder = inRepo('tools', name);
  const environment = inRepo('.cache', `${name}-venv`);
  const python = join(environment, ...(isWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const wanted = readFileSync(join(folder, 'pyproject.toml'), 'utf8');
  const stamp = (/** @type {string} */ part) => join(environment, `${part}.toml`);
  const has = (/** @type {string} */ part) =>
    existsSync(stamp(part)) && readFileSync(stamp(part), 'utf8') === wanted;
  if (has('test') || (!withTests && has('run'))) return python;

  console.error(says);
  if (!existsSync(python))
    must(
      findPython(),
      ['-m', 'venv', environment],
      'The virtual environment could not be made (Debian: python3-venv).',
    );
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
