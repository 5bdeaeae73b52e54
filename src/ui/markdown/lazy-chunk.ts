/** A part of the app that is fetched when it is first needed. */
interface LazyChunk<T> {
  /** Calls back at once where the chunk is there, else when it has come. Where it cannot be had nothing happens, and the next use asks again. */
  use(run: (chunk: T) => void): void;
}

export function makeLazyChunk<T>(load: () => Promise<T>): LazyChunk<T> {
  let chunk: { value: T } | null = null;
  let loading: Promise<void> | null = null;
  let waiting: ((chunk: T) => void)[] = [];

  async function fetchChunk(): Promise<void> {
    try {
      chunk = { value: await load() };
      for (const run of waiting) run(chunk.value);
    } catch {
      // The server is gone, or a new build replaced the file: what waits stays plain, which is readable.
    } finally {
      waiting = [];
      loading = null;
    }
  }

  return {
    use(run) {
      if (chunk) {
        run(chunk.value);
      } else {
        waiting.push(run);
        loading ??= fetchChunk();
      }
    },
  };
}
