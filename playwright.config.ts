import { defineConfig } from '@playwright/test';
import { launchOptions } from './tests/support/chromium.ts';

export default defineConfig({
  // One GPU, in software: tests side by side would only measure each other.
  workers: 1,
  retries: 0,
  // What holds within a second on an idle machine, a busy one gets more time for.
  expect: { timeout: 15_000 },
  reporter: 'list',
  outputDir: 'test-results',
  globalSetup: './tests/support/build-variants.ts',
  use: {
    browserName: 'chromium',
    launchOptions: launchOptions(),
    trace: 'off',
    permissions: ['clipboard-read', 'clipboard-write'],
  },
  projects: [
    { name: 'e2e', testDir: 'tests/e2e', testMatch: '**/*.e2e.ts', timeout: 180_000 },
    // npm run chaos. A phone sleeps for minutes; a large download is killed twenty times.
    { name: 'chaos', testDir: 'tests/chaos', testMatch: '**/*.e2e.ts', timeout: 30 * 60_000 },
    // npm run bench. Each benchmark bounds its own waits.
    { name: 'bench', testDir: 'tests/bench', testMatch: '**/*.bench.ts', timeout: 0 },
  ],
});
