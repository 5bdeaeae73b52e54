import { defineConfig } from 'vitest/config';

// npm run chaos. A single process, whose memory is looked at.
export default defineConfig({
  define: { __BUILD_ID__: JSON.stringify('chaos') },
  test: {
    name: 'chaos',
    environment: 'node',
    include: ['tests/chaos/**/*.chaos.ts'],
    execArgv: ['--expose-gc'],
    fileParallelism: false,
    testTimeout: 0,
    // Figures as they come, without the name of the test before each.
    disableConsoleIntercept: true,
  },
});
