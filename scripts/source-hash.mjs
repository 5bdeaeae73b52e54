import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Above this many bytes a file counts by its size: model files are large, and lists of their hashes lie beside them. */
const largestRead = 1 << 20;

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(root, path) {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => filesUnder(root, `${path}/${name}`));
}

/**
 * A hash over the names and contents of files and folders. It does not look at times, which a checkout changes.
 * @param {string} root
 * @param {string[]} paths relative to `root`, with forward slashes
 */
export function hashSources(root, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesUnder(root, path))) {
    const { size } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0`);
    if (size <= largestRead) hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}
