import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';
import { buildId } from './scripts/build-id.mjs';
import { solidTrustedTypes } from './scripts/solid-trusted-types.mjs';
import { devServer } from './src/server/dev-server.ts';

export default defineConfig({
  root: 'src/ui',
  // Relative, so that a copy of the app works from any folder of any server.
  base: './',
  publicDir: '../../public',
  plugins: [solid(), solidTrustedTypes(), devServer()],
  define: { __BUILD_ID__: JSON.stringify(buildId()) },
  worker: { format: 'es' },
  build: {
    outDir: process.env['HEARTH_OUT_DIR'] ?? '../../dist/app',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing as a data: address: the content security policy allows none for fonts and scripts.
    assetsInlineLimit: 0,
    // web-llm alone is several megabytes; the gate on size is size-limit, by file.
    chunkSizeWarningLimit: 8000,
  },
  server: { port: 18889, strictPort: true },
});
