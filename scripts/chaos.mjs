import { ensureChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { orExit } from './problem.mjs';
import { run } from './run.mjs';

/** What takes too long for `npm test`: a million frames, ten thousand requests, minutes of sleep. */
async function chaos() {
  await prepare({ withBuild: true });
  await ensureChromium();
  /** @type {Record<string, string>} */
  const env = process.argv.includes('--long') ? { HEARTH_CHAOS_LONG: '1' } : {};
  const frames = await run('vitest', ['run', '--config', 'tests/chaos/vitest.chaos.config.ts']);
  const sleep = await run('playwright', ['test', '--project=chaos'], { env });
  process.exitCode = Math.max(frames, sleep);
}

await orExit(chaos());
