import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const gzipped = promisify(gzip);

/** Weights and pictures do not shrink; compiled model libraries and scripts do, to a third or less. */
const worthIt = new Set(['.css', '.html', '.js', '.json', '.svg', '.wasm', '.webmanifest']);
const smallest = 1024;

/**
 * Writes a .gz beside every file that gains from it, for the server to send instead.
 * @param {string} folder
 */
export async function compressFolder(folder) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!worthIt.has(extname(name))) continue;
    const content = await readFile(join(folder, name));
    if (content.length >= smallest) await writeFile(join(folder, `${name}.gz`), await gzipped(content));
  }
}
