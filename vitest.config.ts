import { playwright } from '@vitest/browser-playwright';
import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';
import { devServer } from './src/server/dev-server.ts';
import { launchOptions } from './tests/support/chromium.ts';

/** What holds within a second on an idle machine, a busy one gets more time for; a test that cannot pass only fails later. */
const patience = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  expect: { poll: { timeout: 10_000 } },
};

const define = { __BUILD_ID__: JSON.stringify('test') };

export default defineConfig({
  test: {
    projects: [
      {
        define,
        plugins: [solid({ hot: false })],
        test: {
          ...patience,
          name: 'unit',
          // Said outright in both: left open, vite-plugin-solid takes jsdom.
          environment: 'node',
          include: ['tests/unit/**/*.test.{ts,tsx}'],
          exclude: ['tests/unit/server/**'],
        },
      },
      {
        define,
        // Without Solid's plugin, which makes Node load the browser's version of every package.
        test: {
          ...patience,
          name: 'server',
          environment: 'node',
          include: ['tests/unit/server/**/*.test.ts'],
        },
      },
      {
        define,
        // Real servers, which `npm run test:servers` installs; a small model on a CPU takes its time.
        test: {
          ...patience,
          name: 'servers',
          environment: 'node',
          include: ['tests/servers/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        define,
        plugins: [solid({ hot: false }), devServer()],
        // Every dependency is bundled before the first test: one found later would reload the page under a test.
        optimizeDeps: {
          entries: ['src/ui/index.html', 'src/worker/main.ts', 'tests/browser/**/*.test.{ts,tsx}'],
        },
        test: {
          ...patience,
          name: 'browser',
          environment: 'node',
          include: ['tests/browser/**/*.test.{ts,tsx}'],
          browser: {
            enabled: true,
            headless: true,
            provider: playwright({ launchOptions: launchOptions() }),
            instances: [{ browser: 'chromium' }],
            screenshotFailures: false,
          },
        },
      },
    ],
  },
});
