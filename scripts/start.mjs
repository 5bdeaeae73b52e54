import { pathToFileURL } from 'node:url';
import { findChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { orExit } from './problem.mjs';
import { inRepo } from './repo.mjs';

async function start() {
  await prepare({ withBuild: true });
  // The server finds no browser by itself: it knows nothing of the clone around it.
  if (process.argv.includes('--headless') || process.env['HEARTH_HEADLESS'] === '1')
    process.env['HEARTH_CHROMIUM'] = findChromium() ?? '';
  // In this process, so that the arguments and Ctrl-C reach the server itself. It reads `process.argv`.
  await import(pathToFileURL(inRepo('dist', 'server', 'main.js')).href);
}

await orExit(start());
