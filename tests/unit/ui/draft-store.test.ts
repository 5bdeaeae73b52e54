import { beforeEach, describe, expect, test } from 'vitest';
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

const key = draftKey(null);

test('a draft is there after a reload, and in a new tab', () => {
  const [shared, own] = [memoryStorage(), memoryStorage()];
  makeDraftStore(shared, own).write(key, 'half a thought');
  expect(makeDraftStore(shared, own).read(key)).toBe('half a thought');
  expect(makeDraftStore(shared, memoryStorage()).read(key)).toBe('half a thought');
});

test('each conversation has its own', () => {
  const drafts = makeDraftStore(memoryStorage(), memoryStorage());
  const id = newId<ConversationId>();
  drafts.write(draftKey(id), 'here');
  expect(drafts.read(key)).toBe('');
  expect(drafts.read(draftKey(id))).toBe('here');
});

test('an emptied draft leaves nothing behind', () => {
  const [shared, own] = [memoryStorage(), memoryStorage()];
  const drafts = makeDraftStore(shared, own);
  drafts.write(key, 'x');
  drafts.write(key, '');
  expect([shared.items.size, own.items.size]).toEqual([0, 0]);
  expect(drafts.read(key)).toBe('');
});

const full = {
  ...memoryStorage(),
  setItem: () => {
    throw new DOMException('full', 'QuotaExceededError');
  },
};

test('a full storage loses nothing that is on the screen', () => {
  const drafts = makeDraftStore(full, full);
  drafts.write(key, 'a long letter');
  expect(drafts.read(key)).toBe('a long letter');
});

test('a copy that the tab had no more room for does not hide the newer one', () => {
  const [shared, own] = [memoryStorage(), memoryStorage()];
  makeDraftStore(shared, own).write(key, 'a');
  makeDraftStore(shared, { ...own, setItem: full.setItem }).write(key, 'a long letter');
  expect(makeDraftStore(shared, own).read(key)).toBe('a long letter');
});

test('without any storage drafts live as long as the tab', () => {
  const drafts = makeDraftStore(null, null);
  drafts.write(key, 'x');
  expect(drafts.read(key)).toBe('x');
});

describe('with two tabs', () => {
  const shared = memoryStorage();
  const tab = (own = memoryStorage()) => ({ own, drafts: makeDraftStore(shared, own) });
  const reloaded = ({ own }: ReturnType<typeof tab>) => tab(own).drafts.read(key);
  beforeEach(() => shared.items.clear());

  test('each keeps what was typed there through a reload', () => {
    const [one, two] = [tab(), tab()];
    one.drafts.write(key, 'one');
    two.drafts.write(key, 'two');
    expect(reloaded(one)).toBe('one');
    expect(reloaded(two)).toBe('two');
  });

  test('what one sends takes nothing from the other, reloaded or not', () => {
    const [one, two] = [tab(), tab()];
    one.drafts.write(key, 'one');
    two.drafts.write(key, 'two');
    two.drafts.write(key, '');
    tab(one.own).drafts.takenAway(key, 'two');
    expect(shared.getItem(key)).toBe('one');
    expect(reloaded(one)).toBe('one');
  });

  test('what one sends is gone from another that only read it', () => {
    const [one, two] = [tab(), tab()];
    one.drafts.write(key, 'sent');
    expect(two.drafts.read(key)).toBe('sent');
    one.drafts.write(key, '');
    two.drafts.takenAway(key, 'sent');
    expect(two.drafts.read(key)).toBe('');
    expect(shared.items.size).toBe(0);
  });

  test('and from a duplicate of the tab that typed it', () => {
    const [one, two] = [tab(), tab()];
    one.drafts.write(key, 'sent');
    // A browser copies a tab's storage with it.
    two.own.setItem(key, 'sent');
    one.drafts.write(key, '');
    two.drafts.takenAway(key, 'sent');
    expect(reloaded(two)).toBe('');
    expect(shared.items.size).toBe(0);
  });
});
