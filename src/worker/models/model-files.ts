import type { ModelRecord } from '@mlc-ai/web-llm';

/** web-llm's own names of its stores in the Cache API: what one of the two has fetched, the other finds. */
type Store = 'webllm/config' | 'webllm/model';

/** The folder of a model's files, by web-llm's rule: Hugging Face's main branch unless the address names a revision. */
export function folderOf(record: ModelRecord): URL {
  const folder = record.model.endsWith('/') ? record.model : `${record.model}/`;
  return new URL(/.\/resolve\/.+\//.test(folder) ? folder : `${folder}resolve/main/`);
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
