import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The bare page: web-llm in a SharedWorker with nothing of Hearth around it. */
export default defineConfig({
  root: here,
  base: './',
  publicDir: '../../public',
  worker: { format: 'es' },
  build: { outDir: '../../dist/bare', emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 8000 },
});
