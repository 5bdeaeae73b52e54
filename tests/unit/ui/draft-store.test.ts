import { expect, test } from 'vitest';
import { draftKey, makeDraftStore } from '../../../src/ui/state/draft-store.ts';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

test('a draft is there after a reload', () => {
  const storage = memoryStorage();
  makeDraftStore(storage).write(draftKey(null), 'half a thought');
  expect(makeDraftStore(storage).read(draftKey(null))).toBe('half a thought');
});

test('each conversation has its own', () => {
  const drafts = makeDraftStore(memoryStorage());
  const id = newId<ConversationId>();
  drafts.write(draftKey(id), 'here');
  expect(drafts.read(draftKey(null))).toBe('');
  expect(drafts.read(draftKey(id))).toBe('here');
});

test('an emptied draft leaves nothing behind', () => {
  const storage = memoryStorage();
  const drafts = makeDraftStore(storage);
  drafts.write(draftKey(null), 'x');
  drafts.write(draftKey(null), '');
  expect(storage.items.size).toBe(0);
  expect(drafts.read(draftKey(null))).toBe('');
});

test('a full storage loses nothing that is on the screen', () => {
  const full = {
    ...memoryStorage(),
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  const drafts = makeDraftStore(full);
  drafts.write(draftKey(null), 'a long letter');
  expect(drafts.read(draftKey(null))).toBe('a long letter');
});

test('without any storage drafts live as long as the tab', () => {
  const drafts = makeDraftStore(null);
  drafts.write(draftKey(null), 'x');
  expect(drafts.read(draftKey(null))).toBe('x');
});
