import { realpathSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';

/** By one of these a folder is known to hold a model, today's or of 2023. */
const marks = [
  'mlc-chat-config.json',
  'tensor-cache.json',
  'ndarray-cache.json',
  'params/ndarray-cache.json',
];

interface ModelFolder {
  name: string;
  /** Paths within it, two levels deep: no model has more. */
  files: string[];
}

const isShown = (name: string): boolean => !name.startsWith('.');

/**
 * Whether a folder of a model has this file, and not a link to one elsewhere: what was copied from others could name any file of
 * this machine. The folder itself may be a link, which a person made.
 */
export function isModelFile(folder: string, name: string): boolean {
  try {
    const file = realpathSync(join(folder, name));
    return file.startsWith(realpathSync(folder) + sep) && statSync(file).isFile();
  } catch {
    return false;
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lists = entries
    .filter(({ name }) => isShown(name))
    .map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      const inside = await readdir(join(folder, entry.name)).catch(() => []);
      return inside.filter(isShown).map((name) => `${entry.name}/${name}`);
    });
  const names = (await Promise.all(lists)).flat();
  return names.filter((name) => isModelFile(folder, name)).toSorted();
}

/** The folders of models in a folder. Empty where there is no such folder. */
async function listModelFolders(folder: string): Promise<ModelFolder[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isShown).toSorted();
  const models = await Promise.all(
    names.map(async (name) => ({ name, files: await listFiles(join(folder, name)) })),
  );
  return models.filter(({ files }) => marks.some((mark) => files.includes(mark)));
}

/** Tells the app which models lie beside it on this server. */
export async function sendModelFolders(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = JSON.stringify({ type: 'hearth-models', models: await listModelFolders(folder) });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}
