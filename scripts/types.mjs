import { existsSync, readdirSync } from 'node:fs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';

/** Each folder has its own tsconfig, because each runs somewhere else and sees other globals. */
const folders = [...readdirSync(inRepo('src')).map((name) => `src/${name}`), 'scripts', 'tests'];

for (const folder of folders.filter((folder) => existsSync(inRepo(folder, 'tsconfig.json')))) {
  const code = await run('tsc', ['-p', folder]);
  if (code !== 0) process.exitCode = 1;
}
