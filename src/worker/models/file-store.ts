import { AppError } from '../../shared/errors.ts';
import { hashOf } from './file-hash.ts';
import {
  folderOf,
  headFiles,
  isUnreadable,
  otherFiles,
  type ModelFiles,
  type PlannedFile,
} from './model-files.ts';

/** Whole files of models, in the stores that web-llm reads. */
export interface FileStore {
  has(file: PlannedFile): Promise<boolean>;
  read(file: PlannedFile): Promise<Blob | null>;
  /** Checks the size and the hash, if they are known, and keeps the file. Rejects with `model-failed` when it is not what it should be. */
  put(file: PlannedFile, blobs: Blob[]): Promise<void>;
  remove(file: Pick<PlannedFile, 'store' | 'key'>): Promise<void>;
  /** Removes all that lies in the model's folder, known or not. */
  clearFolder(files: ModelFiles): Promise<void>;
  /** Removes all that lies in the folders of the model's other revisions. */
  clearOtherRevisions(files: ModelFiles): Promise<void>;
  /**
   * All files of a model that can be known without a network: all of them, once its two lists are here. A list that is
   * damaged where it lies is removed: so it is missing, and fetched again like any other file.
   */
  known(files: ModelFiles): Promise<{ all: PlannedFile[]; isComplete: boolean }>;
}

const types: Record<string, string> = { json: 'application/json', wasm: 'application/wasm' };

export function makeFileStore(storage: CacheStorage): FileStore {
  async function readHead(file: PlannedFile): Promise<string | null> {
    const blob = await store.read(file);
    if (!blob) return null;
    if (!(await isUnreadable(file.name, [blob]))) return blob.text();
    await store.remove(file);
    return null;
  }

  async function clear(isMeant: (url: string) => boolean): Promise<void> {
    for (const name of ['webllm/config', 'webllm/model', 'webllm/wasm']) {
      const cache = await storage.open(name);
      for (const { url } of await cache.keys()) if (isMeant(url)) await cache.delete(url);
    }
  }

  const store: FileStore = {
    has: async (file) => (await (await storage.open(file.store)).match(file.key)) !== undefined,

    async read(file) {
      const response = await (await storage.open(file.store)).match(file.key);
      return response ? response.blob() : null;
    },

    async put(file, blobs) {
      const problem = await problemOf(file, blobs);
      if (problem !== null) throw new AppError('model-failed', problem);
      const type = types[file.name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      const body = new Blob(blobs, { type });
      const headers = { 'content-type': type, 'content-length': String(body.size) };
      await (await storage.open(file.store)).put(file.key, new Response(body, { headers }));
    },

    async remove(file) {
      await (await storage.open(file.store)).delete(file.key);
    },

    async clearFolder({ record }) {
      const folder = folderOf(record).href;
      await clear((url) => url.startsWith(folder));
    },

    async clearOtherRevisions({ record }) {
      const folder = folderOf(record).href;
      const revisions = new URL('..', folder).href;
      await clear((url) => url.startsWith(revisions) && !url.startsWith(folder));
    },

    async known(files) {
      const { config, weightsList } = headFiles(files);
      const [configText, listText] = await Promise.all([readHead(config), readHead(weightsList)]);
      if (configText === null || listText === null) {
        return { all: [config, weightsList], isComplete: false };
      }
      const others = otherFiles(files, JSON.parse(configText), JSON.parse(listText));
      return { all: [config, weightsList, ...others], isComplete: true };
    },
  };
  return store;
}

/** What is wrong with a file's bytes, as a sentence; null when nothing is, as far as it can be known. */
export async function problemOf({ name, bytes, hash }: PlannedFile, blobs: Blob[]): Promise<string | null> {
  const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
  if (bytes !== null && size !== bytes) {
    return `${name} has ${size} bytes where the model's list says ${bytes}. Get the file again, or the list that belongs to it.`;
  }
  if (hash !== null && (await hashOf(blobs, hash.type)) !== hash.hex) {
    return `${name} is not what the model's list describes: its ${hash.type === 'md5' ? 'MD5' : 'SHA-256'} is another. Get the file again.`;
  }
  if (await isUnreadable(name, blobs)) {
    return `${name} is not what it should be, or is cut off. Get the file again.`;
  }
  return null;
}
