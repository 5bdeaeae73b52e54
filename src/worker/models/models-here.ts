import type { ModelSource } from './catalogue.ts';
import type { FileStore } from './file-store.ts';
import { folderOf, weightsListName } from './model-files.ts';

/** Which models have files here. Several may have the same folder, and models of several folders the same library. */
export interface ModelsHere {
  /** Those of which at least the list of weights is here. */
  ids(): Promise<string[]>;
  /** Null when it is not here as a whole. */
  bytesOf(id: string): Promise<number | null>;
  /** By its address in web-llm's stores. A model that nobody knows has nothing in common with others. */
  folderOf(id: string): Promise<string>;
  /** The model first, then all others of its folder. */
  sharing(id: string): Promise<string[]>;
  /** By their keys, the libraries of all models but these that are here, if only in part, or `onTheirWay`. */
  librariesBeside(ids: string[], onTheirWay: string[]): Promise<Set<string>>;
}

export function makeModelsHere(caches: CacheStorage, files: FileStore, source: ModelSource): ModelsHere {
  async function ids(): Promise<string[]> {
    const requests = await (await caches.open('webllm/model')).keys();
    const lists = requests.map(({ url }) => url).filter((url) => url.endsWith(`/${weightsListName}`));
    return source.idsIn(lists.map((url) => url.slice(0, -weightsListName.length)));
  }

  return {
    ids,

    async bytesOf(id) {
      const found = await source.filesOf(id).catch(() => null);
      if (!found) return null;
      const { all, isComplete } = await files.known(found);
      if (!isComplete || !(await Promise.all(all.map((file) => files.has(file)))).every(Boolean)) return null;
      return all.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    },

    async folderOf(id) {
      const record = await source.recordOf(id).catch(() => null);
      return record ? folderOf(record).href : id;
    },

    async sharing(id) {
      const record = await source.recordOf(id);
      const all = record ? await source.idsIn([folderOf(record).href]) : [];
      return [...new Set([id, ...all])];
    },

    async librariesBeside(own, onTheirWay) {
      const others = [...(await ids()), ...onTheirWay].filter((id) => !own.includes(id));
      const records = await Promise.all(others.map((id) => source.recordOf(id).catch(() => null)));
      return new Set(records.flatMap((record) => (record ? [record.model_lib] : [])));
    },
  };
}
