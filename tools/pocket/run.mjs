import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// `npm run pocket -- COMMAND`: sets up Python's packages in .cache/pocket-venv when they are missing or have changed,
// then runs the command. `test` runs the tests instead.
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const venv = `${root}.cache/pocket-venv`;
const python = process.platform === 'win32' ? `${venv}/Scripts/python.exe` : `${venv}/bin/python`;
const stamp = `${venv}/pyproject.toml`;

/**
 * Runs a program to its end; when it fails, so do we.
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
function run(program, args, cwd = root) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (error)
    console.error(`${program} could not be started: ${error.message}. Pocket needs Python 3.11 or newer.`);
  if (status !== 0) process.exit(status ?? 1);
}

const wanted = readFileSync(`${here}pyproject.toml`, 'utf8');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log(
    'Setting up the Python packages. They take some 5 GB on Linux, as PyTorch brings those for GPUs.',
  );
  if (!existsSync(python)) run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--editable', `${here}[test]`]);
  writeFileSync(stamp, wanted);
}

const [command = '--help', ...rest] = process.argv.slice(2);
if (command === 'test') {
  run(python, ['-m', 'ruff', 'check', '.'], here);
  run(python, ['-m', 'ruff', 'format', '--check', '.'], here);
  run(python, ['-m', 'mypy'], here);
  run(python, ['-m', 'pytest', ...rest], here);
} else run(python, ['-m', 'pocket', command, ...rest]);
