import { chromium, type Browser } from '@playwright/test';
import { launchOptions } from './chromium.ts';

/** A browser of its own that can be put to sleep as a phone's is: all its processes stop. */
export interface SleepingPhone {
  browser: Browser;
  sleep(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startPhone(): Promise<SleepingPhone> {
  const server = await chromium.launchServer(launchOptions());
  const browser = await chromium.connect(server.wsEndpoint());
  const signalAll = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    const { pid } = server.process();
    if (pid !== undefined) process.kill(-pid, signal);
  };
  return {
    browser,
    async sleep(seconds) {
      signalAll('SIGSTOP');
      // What is tested is that time passes, so there is nothing else to wait for.
      await new Promise((resolve) => {
        setTimeout(resolve, seconds * 1_000);
      });
      signalAll('SIGCONT');
    },
    async stop() {
      await browser.close();
      await server.close();
    },
  };
}
