import { defineConfig } from 'vite';

// Dependencies stay outside: the server runs from the clone, with its node_modules.
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'src/server/main.ts',
    outDir: 'dist/server',
    emptyOutDir: true,
    target: 'node20',
  },
});
