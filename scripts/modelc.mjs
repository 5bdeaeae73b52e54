import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';
import { Problem } from './problem.mjs';
import { inRepo } from './repo.mjs';

const isWindows = process.platform === 'win32';
const folder = inRepo('tools', 'modelc');
const environment = inRepo('.cache', 'modelc-venv');
const python = join(environment, ...(isWindows ? ['Scripts', 'python.exe'] : ['bin', 'python']));

/**
 * Runs a command to its end, its output going to ours; a Problem when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {string} problem
 */
function must(command, args, problem) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Problem(problem);
}

/** @param {string} command */
const answers = (command, /** @type {string[]} */ args) =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

function findPython() {
  const isNewEnough = 'import sys; sys.exit(sys.version_info < (3, 11))';
  const names = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python'];
  const found = names.find((name) => answers(name, ['-c', isNewEnough]));
  if (found === undefined) throw new Problem('modelc needs Python 3.11 or newer, and none was found.');
  return found;
}

/**
 * A virtual environment with the packages that pyproject.toml pins, made again when that file changes.
 * @param {boolean} withTests also what only the tests need (PyTorch: a gigabyte)
 */
function ensurePackages(withTests) {
  const project = readFileSync(join(folder, 'pyproject.toml'), 'utf8');
  const hash = createHash('sha256').update(project).digest('hex');
  const stamp = join(environment, `installed-${withTests ? 'test' : 'run'}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.error('Installing Python packages for modelc, once ...');
  mkdirSync(environment, { recursive: true });
  must(
    findPython(),
    ['-m', 'venv', environment],
    'The virtual environment could not be made (Debian: python3-venv).',
  );
  const list = `
import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
print("\\n".join(project["dependencies"] + (project["optional-dependencies"]["test"] if sys.argv[2] else [])))`;
  const asked = [join(folder, 'pyproject.toml'), withTests ? 'test' : ''];
  const { stdout } = spawnSync(python, ['-c', list, ...asked], { encoding: 'utf8' });
  const packages = stdout.trim().split('\n');
  must(
    python,
    ['-m', 'pip', 'install', '--quiet', ...packages],
    'pip could not install the packages; the reason is above.',
  );
  rmSync(stamp, { force: true });
  writeFileSync(stamp, hash);
}

/** Emscripten links libraries. Installed where that needs no question; else modelc itself says what is missing. */
function ensureEmscripten() {
  if (process.env['EMCC'] || answers('emcc', ['--version'])) return;
  if (process.getuid?.() !== 0 || !answers('apt-get', ['--version'])) return;
  console.error('Installing Emscripten, once ...');
  const problem = 'Emscripten could not be installed; the reason is above.';
  must('apt-get', ['update', '-qq'], problem);
  must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'emscripten'], problem);
}

/**
 * Runs Python with modelc on its path, from the folder where the person is. Returns the exit code.
 * @param {string[]} args
 */
function runPython(args, cwd = process.cwd()) {
  const path = [folder, process.env['PYTHONPATH']].filter(Boolean).join(delimiter);
  const env = { ...process.env, PYTHONPATH: path };
  return spawnSync(python, args, { stdio: 'inherit', env, cwd }).status ?? 1;
}

/** npm runs scripts in the repository; paths are meant from where the person typed. */
const typedIn = resolve(process.env['INIT_CWD'] ?? process.cwd());

function main() {
  const args = process.argv.slice(2);
  const isTest = args[0] === 'test';
  ensurePackages(isTest);
  if (isTest || ['compile', 'package'].includes(args[0] ?? '')) ensureEmscripten();
  process.exitCode = isTest
    ? runPython(['-m', 'pytest', ...args.slice(1)], folder)
    : runPython(['-m', 'modelc', ...args], typedIn);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
