/** The pieces of files that are not here as a whole yet, in the Cache API: written piece by piece, they survive any crash. */
export interface PartStore {
  /** The bytes and pieces that are there, and what the server called that version of the file. */
  open(key: string): Promise<{ bytes: number; parts: number; version: string | null }>;
  /** Resolves when the piece is kept. `index` goes up by one with each. */
  add(key: string, index: number, bytes: Blob, version: string | null): Promise<void>;
  /** The pieces in their order. */
  read(key: string): Promise<Blob[]>;
  clear(key: string): Promise<void>;
}

const cacheName = 'hearth/parts';
const versionHeader = 'x-version';

/** An address that no server has: the Cache API takes nothing else for a key. */
const addressOf = (key: string, index: number | ''): string =>
  `https://parts.invalid/${encodeURIComponent(key)}/${index}`;

export function makePartStore(storage: CacheStorage): PartStore {
  const opened = (): Promise<Cache> => storage.open(cacheName);

  async function all(key: string): Promise<Response[]> {
    const cache = await opened();
    const found: Response[] = [];
    for (let index = 0; ; index++) {
      const part = await cache.match(addressOf(key, index));
      if (!part) return found;
      found.push(part);
    }
  }

  return {
    async open(key) {
      const parts = await all(key);
      const sizes = parts.map(({ headers }) => Number(headers.get('content-length')));
      return {
        bytes: sizes.reduce((sum, size) => sum + size, 0),
        parts: parts.length,
        version: parts[0]?.headers.get(versionHeader) ?? null,
      };
    },

    async add(key, index, bytes, version) {
      const headers = {
        'content-length': String(bytes.size),
        ...(version === null ? {} : { [versionHeader]: version }),
      };
      await (await opened()).put(addressOf(key, index), new Response(bytes, { headers }));
    },

    read: async (key) => Promise.all((await all(key)).map((part) => part.blob())),

    async clear(key) {
      const cache = await opened();
      const folder = addressOf(key, '');
      const indices = (await cache.keys())
        .filter(({ url }) => url.startsWith(folder))
        .map(({ url }) => Number(url.slice(folder.length)));
      // From the end: what a crash leaves begins with the first, and is found.
      for (const index of indices.toSorted((a, b) => b - a)) await cache.delete(addressOf(key, index));
    },
  };
}
