import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFaultyServer, type FaultyServer } from './faulty-server.ts';
import { generateModel } from './generated-model.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

async function readAll(folder: string, into: string): Promise<FaultyServer['files']> {
  const files: FaultyServer['files'] = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.gz') || entry.name.endsWith('.br')) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(into + relative(folder, path).replaceAll('\\', '/'), new Uint8Array(await readFile(path)));
  }
  return files;
}

interface List {
  records: { dataPath: string; nbytes: number; md5sum?: string; records: unknown[] }[];
}

/** Where the model lies on the server. */
export const bigFolder = 'models/big/';

export interface ModelHouse {
  server: FaultyServer;
  /** Bytes that the model's list counts. */
  weightBytes: number;
  /** Bytes of weights that the server sent. */
  sentWeights(): number;
}

/**
 * The built app together with a model of any size, on a server that fails as it is told to. The model is the built-in one with
 * shards of noise that its library never asks for: it downloads like a large one, and answers like Pocket.
 */
export async function startModelHouse(shards: number, shardBytes: number): Promise<ModelHouse> {
  const files = await readAll(root('dist/app'), '');
  for (const [path, bytes] of await readAll(root('public/models/pocket/resolve/9'), bigFolder))
    files.set(path, bytes);
  const noise = generateModel(shards, shardBytes);
  const parse = (bytes?: Uint8Array): List => JSON.parse(new TextDecoder().decode(bytes)) as List;
  const list = parse(files.get(`${bigFolder}tensor-cache.json`));
  for (const shard of list.records) {
    const bytes = files.get(bigFolder + shard.dataPath) ?? new Uint8Array();
    shard.md5sum = createHash('md5').update(bytes).digest('hex');
  }
  for (const record of parse(noise.files.get('tensor-cache.json')).records) {
    const dataPath = record.dataPath.replace('params_shard', 'noise');
    files.set(bigFolder + dataPath, noise.files.get(record.dataPath) ?? new Uint8Array());
    list.records.push({ ...record, dataPath });
  }
  files.set(`${bigFolder}tensor-cache.json`, new TextEncoder().encode(JSON.stringify(list)));
  const server = await startFaultyServer(files);
  return {
    server,
    weightBytes: list.records.reduce((sum, { nbytes }) => sum + nbytes, 0),
    sentWeights: () =>
      [...server.sent].reduce(
        (sum, [path, bytes]) => sum + (path.startsWith(bigFolder) && path.endsWith('.bin') ? bytes : 0),
        0,
      ),
  };
}
