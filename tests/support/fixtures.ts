import { test as base } from '@playwright/test';
import { startServer, type ServerProcess, type Variant } from './app-server.ts';
import { writeLongStory, type LongStory } from './long-story.ts';

export { expect } from '@playwright/test';

/** The built server, as one test sees it. */
export interface App {
  /** With a slash at its end. */
  readonly url: string;
  /** Puts another build at the same address, as a deploy does. The shipped one is back for the next test. */
  serve(variant: Variant): Promise<void>;
  /** Stops the server and starts it again at the same address. */
  restart(): Promise<void>;
  /** Serves another build at an address of its own, for the length of the test. */
  another(variant: Variant): Promise<ServerProcess>;
}

interface Address {
  url: string;
  variant: Variant;
  server: ServerProcess;
}

async function put(address: Address, variant: Variant): Promise<void> {
  if (address.variant !== variant) await restart(address, variant);
}

async function restart(address: Address, variant: Variant): Promise<void> {
  await address.server.stop();
  address.server = await startServer(variant, Number(new URL(address.url).port));
  address.variant = variant;
}

/** One server for each worker process. Each test has a browser context, so its storage is its own. */
export const test = base.extend<{ app: App }, { address: Address; story: LongStory }>({
  address: [
    // Playwright reads which fixtures are wanted from the first parameter, so it must be a pattern.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const server = await startServer('app');
      const address: Address = { url: server.url, variant: 'app', server };
      await use(address);
      await address.server.stop();
    },
    { scope: 'worker' },
  ],

  // Written when the first test wants to compare with it.
  story: [
    async ({ browser, address }, use) => {
      await use(await writeLongStory(browser, address.url));
    },
    { scope: 'worker', timeout: 180_000 },
  ],

  app: async ({ address }, use) => {
    const others: ServerProcess[] = [];
    await use({
      url: address.url,
      serve: (variant) => put(address, variant),
      restart: () => restart(address, address.variant),
      async another(variant) {
        const server = await startServer(variant);
        others.push(server);
        return server;
      },
    });
    for (const server of others) await server.stop();
    await put(address, 'app');
  },
});
