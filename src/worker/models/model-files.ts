import type { ModelRecord } from '@mlc-ai/web-llm';
import * as v from 'valibot';
import type { FileHash } from './file-hash.ts';

/** web-llm's own names of its stores in the Cache API: what one of the two has fetched, the other finds. */
export type Store = 'webllm/config' | 'webllm/model' | 'webllm/wasm';

/** A model in web-llm's terms, and where its files really are. */
export interface ModelFiles {
  record: ModelRecord;
  /** The address of a file of the model's folder. */
  urlOf(name: string): string;
  /** Files that need no fetching, by name. */
  texts: Record<string, string>;
  /** SHA-256 of the model library, where it is pinned. */
  librarySha256: string | null;
  /** Where the library really is; `record` names where web-llm looks for it. */
  libraryUrl: string;
}

/** One file, by the address under which web-llm looks for it. */
export interface PlannedFile {
  name: string;
  store: Store;
  key: string;
  url: string;
  bytes: number | null;
  hash: FileHash | null;
}

export const configName = 'mlc-chat-config.json';
export const weightsListName = 'tensor-cache.json';

/**
 * Whether a name stays in the folder that it is resolved against: an address takes over a plain relative path as it is, and makes
 * something else of a scheme, `..` in any spelling, a query, and whatever it would strip or escape.
 */
export function isPlainPath(name: string): boolean {
  const folder = 'https://any.invalid/folder/';
  return name !== '' && URL.canParse(name, folder) && new URL(name, folder).pathname === `/folder/${name}`;
}

const wholeBytes = v.pipe(
  v.number('must be a number'),
  v.safeInteger('must be a whole number of bytes'),
  v.minValue(0, 'must be 0 or more'),
);

export const WeightsList = v.object({
  records: v.pipe(
    v.array(
      v.object({
        // Names become keys of stores that all models share: one that leads out of its folder would be another model's file.
        dataPath: v.pipe(
          v.string(),
          v.check(isPlainPath, 'must be a plain path within the folder, such as params_shard_0.bin'),
        ),
        nbytes: v.pipe(wholeBytes, v.minValue(1)),
        md5sum: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))),
        records: v.array(
          v.object({
            name: v.string(),
            shape: v.array(v.number()),
            dtype: v.string(),
            format: v.optional(v.string()),
            nbytes: wholeBytes,
            byteOffset: wholeBytes,
          }),
        ),
      }),
    ),
    v.minLength(1),
  ),
});
export type WeightsList = v.InferOutput<typeof WeightsList>;

const TokenizerFiles = v.object({ tokenizer_files: v.optional(v.array(v.string()), ['tokenizer.json']) });

/** The folder of a model's files, by web-llm's rule: Hugging Face's main branch unless the address names a revision. */
export function folderOf(record: ModelRecord): URL {
  const folder = record.model.endsWith('/') ? record.model : `${record.model}/`;
  return new URL(/.\/resolve\/.+\//.test(folder) ? folder : `${folder}resolve/main/`);
}

const inFolder = (
  files: ModelFiles,
  store: Store,
  name: string,
  more: Partial<PlannedFile> = {},
): PlannedFile => ({
  name,
  store,
  key: new URL(name, folderOf(files.record)).href,
  url: files.urlOf(name),
  bytes: null,
  hash: null,
  ...more,
});

/** The two files that say what else there is. */
export const headFiles = (files: ModelFiles): { config: PlannedFile; weightsList: PlannedFile } => ({
  config: inFolder(files, 'webllm/config', configName),
  weightsList: inFolder(files, 'webllm/model', weightsListName),
});

const schemas = new Map<string, v.GenericSchema>([
  [configName, TokenizerFiles],
  [weightsListName, WeightsList],
  // What web-llm's list calls it wherever a model has one.
  ['mlc-model-manifest.json', v.record(v.string(), v.unknown())],
]);

/** Whether it is one of those that say what a model is made of, and does not. */
export async function isUnreadable(name: string, blobs: Blob[]): Promise<boolean> {
  const schema = schemas.get(name);
  if (!schema) return false;
  return !v.is(v.pipe(v.string(), v.parseJson(), schema), await new Blob(blobs).text());
}

/** All others, from the contents of those two: library, tokenizer, weights, and the manifest that web-llm reads of some models. */
export function otherFiles(files: ModelFiles, config: unknown, weightsList: unknown): PlannedFile[] {
  const names = v.parse(TokenizerFiles, config).tokenizer_files;
  // web-llm takes one of them and never asks for the rest.
  const tokenizer = names.includes('tokenizer.json') ? 'tokenizer.json' : 'tokenizer.model';
  const { libraryUrl } = files;
  const { model_lib: libraryKey, model_manifest: manifest } = files.record;
  const sha256 = files.librarySha256;
  return [
    {
      name: libraryUrl.split('/').at(-1) ?? libraryUrl,
      store: 'webllm/wasm',
      key: libraryKey,
      url: libraryUrl,
      bytes: null,
      hash: sha256 === null ? null : { type: 'sha256', hex: sha256 },
    },
    ...(manifest === undefined ? [] : [inFolder(files, 'webllm/config', manifest)]),
    inFolder(files, 'webllm/model', tokenizer),
    ...v.parse(WeightsList, weightsList).records.map(({ dataPath, nbytes, md5sum }) =>
      inFolder(files, 'webllm/model', dataPath, {
        bytes: nbytes,
        hash: md5sum === undefined ? null : { type: 'md5', hex: md5sum },
      }),
    ),
  ];
}

/** A JSON file of a model, from web-llm's store if it is there. It is not stored: that is web-llm's to do. */
export async function readModelFile(
  record: ModelRecord,
  store: Store,
  name: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const url = new URL(name, folderOf(record));
  const kept = await (await caches.open(store)).match(url);
  const response = kept ?? (await fetch(url, signal ? { signal } : {}));
  if (!response.ok) throw new Error(`${url.href} answered with status ${response.status}.`);
  return response.json();
}
