import type { ConversationId, MessageId } from '../../shared/ids.ts';

/** Text that was typed and not sent, by key; "" is none. */
export interface DraftStore {
  read(key: string): string;
  /** Whether it was typed on this page, rather than read from storage. */
  isOwn(key: string): boolean;
  write(key: string, text: string): void;
}

/** What stands in the composer of a conversation; null is the new chat. */
export const draftKey = (id: ConversationId | null): string => `hearth:draft:${id ?? 'new'}`;
/** A message that is being edited. */
export const editKey = (id: MessageId): string => `hearth:edit:${id}`;

/**
 * Drafts live in memory and are copied to `storage`, so that a full or forbidden storage costs only what a reload
 * would have brought back, never what is on the screen.
 */
export function makeDraftStore(
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null,
): DraftStore {
  const drafts = new Map<string, string>();
  return {
    isOwn: (key) => drafts.has(key),
    read(key) {
      const known = drafts.get(key);
      if (known !== undefined) return known;
      try {
        return storage?.getItem(key) ?? '';
      } catch {
        return '';
      }
    },
    write(key, text) {
      drafts.set(key, text);
      try {
        if (text === '') storage?.removeItem(key);
        else storage?.setItem(key, text);
      } catch {
        // Full, or forbidden in this mode of the browser: memory has it.
      }
    },
  };
}

/** `localStorage`, whose very getter throws where a person has blocked it. */
export function localStorageIfAllowed(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
