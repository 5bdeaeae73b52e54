import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { inRepo } from './repo.mjs';

const isWindows = process.platform === 'win32';

/**
 * Runs a command in the repository, its output going to ours and with nothing to read: no tool may stop to ask.
 * Tools of node_modules are found by name. Resolves with the exit code; 1 when it could not start or was killed.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, timeout?: number }} [options] `timeout` in milliseconds
 * @returns {Promise<number>}
 */
export function run(command, args, { env = {}, timeout } = {}) {
  const path = `${inRepo('node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: inRepo(),
      env: { ...process.env, PATH: path, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      // On Windows the tools are .cmd files, which only a shell runs. No argument of ours needs quoting.
      shell: isWindows,
      timeout,
    });
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
