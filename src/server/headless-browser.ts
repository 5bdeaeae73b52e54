import { spawn, type ChildProcess } from 'node:child_process';
import { StartError } from './start-error.ts';

const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** A browser that lived for so long died of something else than its start. */
const goodLifeMs = 60_000;
/** One that ended before this did not start. */
const badStartMs = 5_000;
/** Characters of its last words. */
const mostSaid = 2_000;

export interface HeadlessOptions {
  /** Path of a Chromium; undefined when none was found. */
  executable: string | undefined;
  url: string;
  /** The folder where it keeps models and conversations. */
  profile: string;
  /** Flags beside those that every headless engine needs. */
  flags: readonly string[];
  /** Whether an engine is connected. */
  hasEngine(): boolean;
  /** Milliseconds without one after which the browser counts as dead: its tab may have crashed, and it lives on. */
  patienceMs?: number;
}

export interface HeadlessBrowser {
  close(): void;
}

const flagsFor = (profile: string): string[] => [
  '--headless=new',
  `--user-data-dir=${profile}`,
  '--no-first-run',
  '--no-default-browser-check',
  // On Linux WebGPU is behind these; elsewhere they change nothing.
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  // It has no window that could be in front.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** Keeps a browser without a window at this server's app: its core is the engine. Throws a `StartError` without a Chromium. */
export function startHeadless(options: HeadlessOptions): HeadlessBrowser {
  const { executable, url, profile, flags, hasEngine, patienceMs = 120_000 } = options;
  if (executable === undefined || executable === '') {
    throw new StartError(
      '--headless needs Chromium or Chrome. Install it, or set HEARTH_CHROMIUM to its path.',
    );
  }
  const command = executable;
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | null = null;
  let wait = firstWaitMs;
  let isClosed = false;
  let lastSeen = 0;

  function start(): void {
    const begun = Date.now();
    // A group of its own, so that all its processes end with it.
    const current = spawn(command, [...flagsFor(profile), ...flags, url], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: process.platform !== 'win32',
    });
    child = current;
    lastSeen = begun;
    let said = '';
    current.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-mostSaid)));
    const again = (how: string): void => {
      if (child !== current) return;
      child = null;
      if (isClosed) return;
      wait = Date.now() - begun > goodLifeMs ? firstWaitMs : Math.min(wait * 2, longestWaitMs);
      console.error(`The browser that answers ended (${how}). It is started again.`);
      // One that does not even start says why, and would otherwise be started for ever without a word.
      if (Date.now() - begun < badStartMs && said.trim() !== '') console.error(said.trim());
      timer = setTimeout(start, wait);
    };
    current.once('error', (error) => again(error.message));
    current.once('exit', (code, signal) => again(signal ?? `exit code ${code}`));
    console.log(`A browser without a window answers (process ${current.pid}).`);
  }

  function kill(): void {
    if (child?.pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  const watch = setInterval(() => {
    if (hasEngine()) lastSeen = Date.now();
    // That it ended starts it again.
    else if (Date.now() - lastSeen > patienceMs) kill();
  }, patienceMs / 20);

  function close(): void {
    isClosed = true;
    clearInterval(watch);
    if (timer) clearTimeout(timer);
    kill();
    child = null;
  }

  start();
  return { close };
}
