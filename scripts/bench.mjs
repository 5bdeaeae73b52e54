import { ensureChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { orExit, Problem } from './problem.mjs';
import { run } from './run.mjs';

async function bench() {
  await prepare({ withBuild: true });
  await ensureChromium();
  // web-llm with nothing of Hearth around it, to compare with.
  const code = await run('vite', [
    'build',
    '--config',
    'tests/bench/vite.bench.config.ts',
    '--logLevel',
    'warn',
  ]);
  if (code !== 0) throw new Problem('The page to compare with could not be built; the reason is above.');
  process.exitCode = await run('playwright', ['test', '--project=bench', ...process.argv.slice(2)]);
}

await orExit(bench());
