import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { Problem } from './problem.mjs';
import { run } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const usualPaths = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
  'C:/Program Files (x86)/Google/Chrome/Application/chrome.exe',
];

/** Where Playwright keeps, or would keep, its own Chromium. Loaded late: before `npm ci` there is no Playwright. */
function playwrightPath() {
  return createRequire(import.meta.url)('@playwright/test').chromium.executablePath();
}

/**
 * Whether it is there and starts: Ubuntu has a stand-in that only names a snap, and libraries may be missing.
 * @param {string} path
 */
function works(path) {
  if (!existsSync(path)) return false;
  // On Windows `--version` opens a window.
  if (process.platform === 'win32') return true;
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

/**
 * The path of a Chromium to test with; null when there is none. HEARTH_CHROMIUM is taken at its word.
 * @param {{ env?: NodeJS.ProcessEnv, isUsable?: (path: string) => boolean }} [options]
 * @returns {string | null}
 */
export function findChromium({ env = process.env, isUsable = works } = {}) {
  if (env['HEARTH_CHROMIUM']) return env['HEARTH_CHROMIUM'];
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...onPath, ...usualPaths].find((path) => isUsable(path));
  if (found !== undefined) return found;
  const playwrights = playwrightPath();
  return isUsable(playwrights) ? playwrights : null;
}

/** Ways to get one, in order. Each is tried only when those before it left none that starts. */
const waysToInstall = [
  { needsRoot: false, commands: [['playwright', 'install', '--no-shell', 'chromium']] },
  // The libraries for the one just fetched.
  { needsRoot: true, has: 'apt-get', commands: [['playwright', 'install-deps', 'chromium']] },
  {
    needsRoot: true,
    has: 'apt-get',
    commands: [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
    ],
  },
  { needsRoot: true, has: 'dnf', commands: [['dnf', 'install', '-y', 'chromium']] },
  { needsRoot: true, has: 'apk', commands: [['apk', 'add', 'chromium']] },
  { needsRoot: true, has: 'pacman', commands: [['pacman', '-Sy', '--noconfirm', 'chromium']] },
];

/** @param {string} command */
const isOnPath = (command) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

/** Finds a Chromium, or installs one, and hands it to the runners that follow through HEARTH_CHROMIUM. */
export async function ensureChromium() {
  let path = findChromium();
  for (const { needsRoot, has, commands } of path ? [] : waysToInstall) {
    if (needsRoot && process.getuid?.() !== 0) continue;
    if (has && !isOnPath(has)) continue;
    console.log(`No Chromium yet; trying: ${commands.map((words) => words.join(' ')).join(' && ')}`);
    for (const [command = '', ...args] of commands) {
      const code = await run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 });
      if (code !== 0) break;
    }
    path = findChromium();
    if (path) break;
  }
  if (!path) {
    throw new Problem(
      'No Chromium was found and none could be installed. Install Chromium or Chrome, or set HEARTH_CHROMIUM to its path.',
    );
  }
  process.env['HEARTH_CHROMIUM'] = path;
}
