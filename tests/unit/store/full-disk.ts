import { onTestFinished, vi } from 'vitest';

export interface FullDisk {
  /** Until it is set again. */
  isFull: boolean;
  /** Puts that were tried, in order. */
  readonly puts: unknown[];
}

/** Where a disk turns out to be full: when the record is put, or when the transaction commits it. */
export type FullAt = 'put' | 'commit';

const quotaExceeded = (): DOMException => new DOMException('The disk is full.', 'QuotaExceededError');

/**
 * Records all puts until the test ends, and lets them fail as a browser with a full disk does. At commit, every
 * request that is not through says `AbortError`, and only the transaction says why.
 */
export function watchDisk(at: FullAt = 'put'): FullDisk {
  const disk = { isFull: false, puts: [] as unknown[] };
  const put = IDBObjectStore.prototype.put;
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
    key?: IDBValidKey,
  ) {
    if (disk.isFull && at === 'put') throw quotaExceeded();
    disk.puts.push(structuredClone(value));
    const request = put.call(this, value, key);
    if (disk.isFull) {
      // fake-indexeddb's own way to end a transaction with a reason.
      const transaction = this.transaction as IDBTransaction & { _abort(name: string): void };
      if (transaction.error === null) transaction._abort('QuotaExceededError');
    }
    return request;
  });
  onTestFinished(() => spy.mockRestore());
  return disk;
}
