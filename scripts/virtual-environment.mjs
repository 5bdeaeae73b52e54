import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Problem } from './problem.mjs';

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
 * Where the Python of a virtual environment is.
 * @param {string} environment its folder
 */
export const pythonIn = (environment) =>
  join(environment, ...(isWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']));

/**
 * Makes a virtual environment where there is none that can install packages. Asked of pip, since Debian without
 * python3-venv makes a folder with a Python that has none.
 * @param {string} environment its folder
 */
export function ensureEnvironment(environment) {
  if (works(pythonIn(environment), ['-m', 'pip', '--version'])) return;
  const problem = 'The virtual environment could not be made (Debian: python3-venv).';
  must(findPython(), ['-m', 'venv', '--clear', environment], problem);
}
