import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vite';
import base from '../../vite.config.ts';
import { swapModule } from './swap-module.ts';

const nextSchema = fileURLToPath(new URL('next-schema.ts', import.meta.url));

/** The app as a later release would be: another build id, and a database with one more version. */
export default defineConfig(
  mergeConfig(base, {
    define: { __BUILD_ID__: JSON.stringify('next-build') },
    worker: { plugins: () => [swapModule('schema.ts', nextSchema)] },
    build: { outDir: '../../dist/next' },
  }),
);
