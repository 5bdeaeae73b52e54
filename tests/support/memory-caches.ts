/** The Cache API in memory, as far as downloads use it, for tests in Node. */
export function makeMemoryCaches(): CacheStorage & { bytes(): Promise<number> } {
  const stores = new Map<string, Map<string, Response>>();
  const keyOf = (request: RequestInfo | URL): string =>
    request instanceof Request ? request.url : String(request);

  const open = async (name: string) => {
    const store = stores.get(name) ?? new Map<string, Response>();
    stores.set(name, store);
    return {
      match: async (request: RequestInfo | URL) => store.get(keyOf(request))?.clone(),
      put: async (request: RequestInfo | URL, response: Response) => {
        // As the real one: kept when its body has been read to its end.
        const body = await response.blob();
        store.set(keyOf(request), new Response(body, { headers: response.headers }));
      },
      delete: async (request: RequestInfo | URL) => store.delete(keyOf(request)),
      keys: async () => [...store.keys()].map((url) => new Request(url)),
    } as unknown as Cache;
  };

  return {
    open,
    has: async (name: string) => stores.has(name),
    delete: async (name: string) => stores.delete(name),
    keys: async () => [...stores.keys()],
    match: async () => undefined,
    async bytes() {
      let sum = 0;
      for (const store of stores.values())
        for (const response of store.values()) sum += (await response.clone().blob()).size;
      return sum;
    },
  };
}
