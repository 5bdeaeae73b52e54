import type { FolderFile, ServedModel } from '../../shared/models-state.ts';
import { fetchSmall, type FetchSmallOptions } from './fetch-small.ts';

/** A folder with a model's files, wherever it is. Names are paths within it. */
export interface FolderReader {
  /** For people: the folder's name or address. */
  origin: string;
  /** Null when its files come from a disk. */
  base: URL | null;
  /** All names in it; null when they cannot be listed, as with an address. */
  names: string[] | null;
  /** Null when there is no such file. */
  read(name: string): Promise<Blob | null>;
}

/** Files as a person picked them: the model's are those beside its list of weights, however deep that lies. */
export function readerOfFiles(files: FolderFile[], name: string): FolderReader {
  const list = files.find(({ path }) => /(^|\/)(tensor-cache|ndarray-cache)\.json$/.test(path));
  const beside = list?.path.replace(/[^/]+$/, '') ?? '';
  // Folders of 2023 often have the weights one level below the configuration.
  const isBelow =
    /(?:^|\/)params\/$/.test(beside) &&
    !files.some(({ path }) => path === `${beside}mlc-chat-config.json` || path === `${beside}tokenizer.json`);
  const folder = isBelow ? beside.replace(/params\/$/, '') : beside;
  const inside = new Map(
    files
      .filter(({ path }) => path.startsWith(folder))
      .map(({ path, blob }) => [path.slice(folder.length), blob]),
  );
  return {
    origin: name,
    base: null,
    names: [...inside.keys()],
    read: async (path) => inside.get(path) ?? null,
  };
}

/** A folder on a web server, with its listing where the server gave one. Rejects as `fetchSmall` does. */
export function readerOfUrl(
  base: URL,
  options: FetchSmallOptions,
  listing: Pick<ServedModel, 'name' | 'files'> | null = null,
): FolderReader {
  return {
    origin: listing?.name ?? base.host,
    base,
    names: listing?.files ?? null,
    read: (name) => fetchSmall(new URL(name, base), name, options),
  };
}
