import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const configs = [
  'tests/variants/scripted.config.ts',
  'tests/variants/next.config.ts',
  'tests/bench/vite.bench.config.ts',
];
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Playwright's global set-up: builds the variants of the app that some tests serve beside or instead of it. */
export default function buildVariants(): void {
  for (const config of configs) {
    execFileSync('npx', ['vite', 'build', '--config', config, '--logLevel', 'warn'], {
      cwd: root,
      stdio: 'inherit',
    });
  }
}
