import type { Conversation } from '../../shared/conversation.ts';
import type { ConversationId } from '../../shared/ids.ts';

export interface ConversationGroup {
  label: 'Today' | 'Yesterday' | 'Previous 7 days' | 'Older';
  ids: ConversationId[];
}

/** The start of the day `days` before that of `now`, in local time: days of 23 or 25 hours included. */
export function startOfDay(now: number, days = 0): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - days).getTime();
}

/** Newest first; groups with nothing in them are left out. */
export function groupConversations(conversations: Conversation[], now: number): ConversationGroup[] {
  const groups: (ConversationGroup & { since: number })[] = [
    { label: 'Today', since: startOfDay(now), ids: [] },
    { label: 'Yesterday', since: startOfDay(now, 1), ids: [] },
    { label: 'Previous 7 days', since: startOfDay(now, 7), ids: [] },
    { label: 'Older', since: -Infinity, ids: [] },
  ];
  const kept = conversations.filter((conversation) => conversation.deletedAt === null);
  kept.sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1));
  for (const { id, updatedAt } of kept) {
    groups.find((group) => updatedAt >= group.since)?.ids.push(id);
  }
  return groups.filter((group) => group.ids.length > 0).map(({ label, ids }) => ({ label, ids }));
}

/** The first `count` of them all. */
export function firstOf(groups: ConversationGroup[], count: number): ConversationGroup[] {
  let left = count;
  const first = groups.map(({ label, ids }) => {
    const taken = ids.slice(0, left);
    left -= taken.length;
    return { label, ids: taken };
  });
  return first.filter(({ ids }) => ids.length > 0);
}
