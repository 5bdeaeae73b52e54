import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Problem } from '../../scripts/problem.mjs';
import { must, works } from '../../scripts/virtual-environment.mjs';
import { ensurePython, exitWith, runPython, testTool } from '../python.mjs';

// `npm run modelc -- COMMAND`: installs what is missing, then runs the command. `test` runs the tests instead, and
// `bench` needs no Python.
const [command = '--help', ...rest] = process.argv.slice(2);
const isTest = command === 'test';
const isHelp = [command, ...rest].some((word) => word === '--help' || word === '-h');
const links = isTest || (!isHelp && ['compile', 'package'].includes(command));

/** Emscripten links the libraries. Installed where that needs no password and no question. */
function ensureEmscripten() {
  if (process.env['EMCC'] || works('emcc', ['--version'])) return;
  if (process.getuid?.() !== 0 || !works('apt-get', ['--version']))
    throw new Problem(
      'Emscripten was not found: install it (Debian and Ubuntu: sudo apt-get install emscripten; macOS: brew install emscripten), or set EMCC to its emcc.',
    );
  console.error('Installing Emscripten, once (150 MB) ...');
  const problem = 'Emscripten could not be installed; the reason is above.';
  must('apt-get', ['update', '-qq'], problem);
  must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'emscripten'], problem);
}

exitWith(() => {
  if (command === 'bench') {
    const script = join(import.meta.dirname, 'browser', 'bench.mjs');
    return spawnSync(process.execPath, [script, ...rest], { stdio: 'inherit' }).status ?? 1;
  }
  const python = ensurePython('modelc', {
    withTests: isTest,
    says: isTest
      ? 'Setting up the Python packages of the tests. They take some 5 GB on Linux, as PyTorch brings those for GPUs.'
      : 'Setting up the Python packages, once (some 460 MB) ...',
  });
  if (links) ensureEmscripten();
  if (isTest) return testTool('modelc', python, rest);
  // npm runs scripts in the repository; paths are meant from where the person typed.
  return runPython(python, ['-m', 'modelc', command, ...rest], resolve(process.env['INIT_CWD'] ?? '.'));
});
