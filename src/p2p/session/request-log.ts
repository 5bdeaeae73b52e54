import { MAX_LOG_BYTES } from './limits.ts';
import type { EntryMessage } from './messages.ts';

/** About what an entry costs in memory besides its text. */
const ENTRY_BYTES = 64;

const sizeOf = (entry: EntryMessage): number =>
  ENTRY_BYTES + (entry.type === 'text' ? 2 * entry.text.length : 0);

/** The numbered entries of one request, as far as they may be asked for again. */
export interface RequestLog {
  /** The newest entry; 0 for none. */
  readonly last: number;
  /** The oldest entry that is still here. */
  readonly first: number;
  readonly bytes: number;
  /** False when what the guest has not used yet fills the log: the entry is not kept. */
  append(entry: EntryMessage, acked: number): boolean;
  at(number: number): EntryMessage | null;
}

export function makeRequestLog(): RequestLog {
  const entries = new Map<number, EntryMessage>();
  let first = 1;
  let last = 0;
  let bytes = 0;

  return {
    get first() {
      return first;
    },
    get last() {
      return last;
    },
    get bytes() {
      return bytes;
    },
    append(entry, acked) {
      const size = sizeOf(entry);
      // Room is made only of what the guest has used: the rest it may still ask for.
      while (bytes + size > MAX_LOG_BYTES && first <= acked) {
        const oldest = entries.get(first);
        if (oldest !== undefined) bytes -= sizeOf(oldest);
        entries.delete(first);
        first += 1;
      }
      // The end of a request always fits.
      if (bytes + size > MAX_LOG_BYTES && entry.type === 'text') return false;
      entries.set(entry.number, entry);
      last = entry.number;
      bytes += size;
      return true;
    },
    at: (number) => entries.get(number) ?? null,
  };
}
