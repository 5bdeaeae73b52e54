import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildId } from './build-id.mjs';
import { compressFolder } from './compress-folder.mjs';
import { Problem } from './problem.mjs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';
import { hashSources } from './source-hash.mjs';

const stampFile = inRepo('dist', 'stamp');

/** Everything a build is made from. */
const currentStamp = () =>
  hashSources(inRepo(), [
    'src',
    'public',
    'package-lock.json',
    'vite.config.ts',
    'vite.server.config.ts',
    'scripts',
  ]) + ` ${buildId()}\n`;

export function isBuilt() {
  const parts = [stampFile, inRepo('dist', 'app', 'index.html'), inRepo('dist', 'server', 'main.js')];
  return parts.every((part) => existsSync(part)) && readFileSync(stampFile, 'utf8') === currentStamp();
}

/** Builds the app and the server into dist. */
export async function build() {
  // Taken first and written last: an edit during the build, or a build that breaks off, leaves no valid stamp.
  const stamp = currentStamp();
  rmSync(stampFile, { force: true });
  for (const config of ['vite.config.ts', 'vite.server.config.ts']) {
    const code = await run('vite', ['build', '--config', config, '--logLevel', 'warn'], {
      // Vite keeps what the shell says, and another mode is another app.
      env: { NODE_ENV: 'production' },
    });
    if (code !== 0) throw new Problem(`The build with ${config} failed; the reason is above.`);
  }
  await compressFolder(inRepo('dist', 'app'));
  writeFileSync(stampFile, stamp);
}
