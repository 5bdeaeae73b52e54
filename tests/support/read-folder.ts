import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FolderFile } from '../../src/shared/models-state.ts';

/** A folder of this repository as a person would pick it. */
export async function readFolder(folder: URL): Promise<FolderFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const within = relative(fileURLToPath(folder), path).replaceAll('\\', '/');
      return { path: `picked/${within}`, blob: new Blob([await readFile(path)]) };
    }),
  );
}

/** The app's own files, as its server has them. */
export const fetchPublic: typeof fetch = async (input) => {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const file = new URL(`../../public${pathname}`, import.meta.url);
  return readFile(file).then(
    (bytes) => new Response(bytes),
    () => new Response(null, { status: 404 }),
  );
};
