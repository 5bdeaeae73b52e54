import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type BrowserContext } from '@playwright/test';
import { launchOptions } from './chromium.ts';

/** A Chromium that can be killed as a power cut would, and started again with the same profile. */
export interface OwnChromium {
  start(): Promise<BrowserContext>;
  /** Ends its processes at once, without a word to them. */
  kill(): Promise<void>;
  /** Kills it, and erases its profile. */
  remove(): Promise<void>;
}

export async function makeOwnChromium(): Promise<OwnChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'hearth-chaos-'));
  const { executablePath = '', args = [] } = launchOptions();
  let end = async (): Promise<void> => {};

  return {
    async start() {
      const flags = [
        '--headless',
        '--remote-debugging-port=0',
        '--no-first-run',
        `--user-data-dir=${profile}`,
      ];
      // A process group of its own, so that its children die with it.
      const child = spawn(executablePath, [...args, ...flags], {
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      });
      const exited = once(child, 'exit');
      end = async () => {
        end = async () => {};
        process.kill(-(child.pid ?? 0), 'SIGKILL');
        await exited;
      };
      const lines = createInterface({ input: child.stderr });
      for await (const line of lines) {
        const address = /ws:\/\/\S+/.exec(line)?.[0];
        if (address === undefined) continue;
        const browser = await chromium.connectOverCDP(address);
        const [context] = browser.contexts();
        if (!context) throw new Error('Chromium has no context.');
        return context;
      }
      throw new Error('Chromium ended before it could be used.');
    },
    kill: () => end(),
    async remove() {
      await end();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
