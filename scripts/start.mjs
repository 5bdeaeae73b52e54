import { pathToFileURL } from 'node:url';
import { prepare } from './prepare.mjs';
import { orExit } from './problem.mjs';
import { inRepo } from './repo.mjs';

async function start() {
  await prepare({ withBuild: true });
  // In this process, so that the arguments and Ctrl-C reach the server itself. It reads `process.argv`.
  await import(pathToFileURL(inRepo('dist', 'server', 'main.js')).href);
}

await orExit(start());
