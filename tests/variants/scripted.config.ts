import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vite';
import base from '../../vite.config.ts';
import { swapModule } from './swap-module.ts';

const scriptedMain = fileURLToPath(new URL('scripted-main.ts', import.meta.url));

/** The real app on a scripted engine, for answers longer or faster than any real model's. */
export default defineConfig(
  mergeConfig(base, {
    plugins: [swapModule('worker/main.ts', scriptedMain)],
    build: { outDir: '../../dist/scripted' },
  }),
);
