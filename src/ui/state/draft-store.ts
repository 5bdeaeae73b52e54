import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { ModelSettings } from '../../shared/model-settings.ts';

/** Text that was typed and not sent, by key; "" is none. */
export interface DraftStore {
  read(key: string): string;
  write(key: string, text: string): void;
  /** Another tab took this text away, as it was sent there: what is of this tab's own gets its copy back, what was only read goes. */
  takenAway(key: string, text: string | null): void;
}

/** What stands in the composer of a conversation; null is the new chat. */
export const draftKey = (id: ConversationId | null): string => `hearth:draft:${id ?? 'new'}`;
/** A message that is being edited. */
export const editKey = (id: MessageId): string => `hearth:edit:${id}`;
/** A field of a model's settings. */
export const settingKey = (modelId: string, name: keyof ModelSettings): string =>
  `hearth:setting:${modelId}:${name}`;

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Drafts live in memory and are copied to two storages, so that a full or forbidden one costs only what a reload would have
 * brought back, never what is on the screen. `own` is this tab's, and is read first: another tab with the same chat writes over
 * what is in `shared`, which is what a new tab begins with.
 */
export function makeDraftStore(shared: DraftStorage | null, own: DraftStorage | null): DraftStore {
  const drafts = new Map<string, string>();
  const store: DraftStore = {
    read: (key) => drafts.get(key) ?? readFrom(own, key) ?? readFrom(shared, key) ?? '',
    write(key, text) {
      drafts.set(key, text);
      copyTo(shared, key, text);
      // An older copy of its own would hide a newer one in `shared`.
      if (!copyTo(own, key, text)) copyTo(own, key, '');
    },
    takenAway(key, text) {
      // Not typed since this page was opened, and the very text: a tab that was duplicated has a copy of what was sent.
      if (!drafts.has(key) && readFrom(own, key) === text) copyTo(own, key, '');
      const mine = drafts.get(key) ?? readFrom(own, key) ?? '';
      if (mine !== '') store.write(key, mine);
    },
  };
  return store;
}

function readFrom(storage: DraftStorage | null, key: string): string | null {
  try {
    return storage?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/** False when there is no room, or none in this mode of the browser. */
function copyTo(storage: DraftStorage | null, key: string, text: string): boolean {
  try {
    if (text === '') storage?.removeItem(key);
    else storage?.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

/** `localStorage` or `sessionStorage`, whose very getters throw where a person has blocked them. */
export function storageIfAllowed(name: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    return globalThis[name];
  } catch {
    return null;
  }
}
