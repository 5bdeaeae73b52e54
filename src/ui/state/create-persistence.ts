import { createResource, type Accessor } from 'solid-js';

export interface Persistence {
  /** What Hearth takes on this disk, in bytes; null where the browser does not say. */
  readonly usedBytes: Accessor<number | null>;
  /** Whether the browser promised not to erase it by itself; null where there is no such promise. */
  readonly isPromised: Accessor<boolean | null>;
  /** Asks for the promise. False: the browser would not give it. */
  ask(): Promise<boolean>;
}

/** Plain `http://` addresses have no `navigator.storage`. */
const storageOf = () => (navigator as { storage?: StorageManager }).storage;

/** Asks the browser not to erase by itself what is saved. False: it would not promise. */
export const askToKeep = async (): Promise<boolean> => (await storageOf()?.persist?.()) ?? false;

/** How safe what is saved is from the browser itself. */
export function createPersistence(): Persistence {
  const storage = storageOf();
  const [used] = createResource(async () => (await storage?.estimate?.())?.usage ?? null);
  const [promised, { mutate }] = createResource(async () => (await storage?.persisted?.()) ?? null);
  return {
    usedBytes: () => used.latest ?? null,
    isPromised: () => promised.latest ?? null,
    async ask() {
      // A browser that fails to say has promised nothing.
      const isPromised = await askToKeep().catch(() => false);
      mutate(isPromised);
      return isPromised;
    },
  };
}
