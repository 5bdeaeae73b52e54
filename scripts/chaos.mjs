import { ensureChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { orExit } from './problem.mjs';
import { run } from './run.mjs';

/**
 * What takes too long for `npm test`: a million frames, ten thousand requests, minutes of sleep, a large download that is
 * killed again and again, fifty changes of the model.
 */
async function chaos() {
  await prepare({ withBuild: true });
  await ensureChromium();
  /** @type {Record<string, string>} */
  const env = process.argv.includes('--long') ? { HEARTH_CHAOS_LONG: '1' } : {};
  const codes = [
    await run('vitest', ['run', '--config', 'tests/chaos/vitest.chaos.config.ts']),
    await run('playwright', ['test', '--project=chaos'], { env }),
    await run('vitest', ['run', '--project=browser', 'tests/browser/engine/switching.test.ts'], {
      env: { VITE_SWITCHES: '50' },
    }),
  ];
  process.exitCode = Math.max(...codes);
}

await orExit(chaos());
