import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * A path in the repository, whatever the current folder is.
 * @param {string[]} parts
 */
export const inRepo = (...parts) => join(root, ...parts);
