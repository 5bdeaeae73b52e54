import type { SearchHit } from '../../shared/core-api.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import { excerptOf } from './excerpt.ts';
import type { Piece } from './text-pieces.ts';

const mostHits = 50;
/** A word in a title says more about a conversation than one in its text. */
const titleWeight = 2;

/** A piece with at least one of the words that are looked for. */
export interface Match {
  piece: Piece;
  score: number;
  /** Which words of the query it has. */
  found: readonly string[];
  /** As what it has them: a longer word, or one spelled nearly so. */
  terms: readonly string[];
}

interface MessageMatch {
  id: MessageId;
  score: number;
  found: Set<string>;
  /** The piece the excerpt is taken from. */
  best: Match;
}

interface Group {
  title: Match | null;
  messages: Map<MessageId, MessageMatch>;
}

/** Conversations of which one message and the title together have all the words, best first. */
export function rankHits(
  words: ReadonlySet<string>,
  matches: readonly Match[],
  titleOf: (id: ConversationId) => string,
): SearchHit[] {
  const ranked: { conversationId: ConversationId; message: MessageMatch | null; score: number }[] = [];
  for (const [conversationId, { title, messages }] of groupsOf(matches)) {
    const message = bestMessage(words, title, messages);
    if (message === null && !(title && hasAll(words, title.found))) continue;
    const score = (message?.score ?? 0) + (title?.score ?? 0) * titleWeight;
    ranked.push({ conversationId, message, score });
  }
  ranked.sort((a, b) => b.score - a.score);
  return ranked.slice(0, mostHits).map(({ conversationId, message }) => ({
    conversationId,
    title: titleOf(conversationId),
    messageId: message?.id ?? null,
    excerpt: message ? excerptOf(message.best.piece.text, new Set(message.best.terms)) : '',
  }));
}

function groupsOf(matches: readonly Match[]): Map<ConversationId, Group> {
  const groups = new Map<ConversationId, Group>();
  for (const match of matches) {
    const { conversationId, messageId } = match.piece;
    const group = groups.get(conversationId) ?? { title: null, messages: new Map() };
    groups.set(conversationId, group);
    if (messageId === null) group.title = match;
    else addPiece(group.messages, messageId, match);
  }
  return groups;
}

function addPiece(messages: Group['messages'], id: MessageId, match: Match): void {
  const known = messages.get(id);
  if (!known) {
    messages.set(id, { id, score: match.score, found: new Set(match.found), best: match });
    return;
  }
  for (const word of match.found) known.found.add(word);
  if (match.score <= known.score) return;
  known.score = match.score;
  known.best = match;
}

function bestMessage(
  words: ReadonlySet<string>,
  title: Match | null,
  messages: Group['messages'],
): MessageMatch | null {
  let best: MessageMatch | null = null;
  for (const message of messages.values()) {
    const found = [...message.found, ...(title?.found ?? [])];
    if (hasAll(words, found) && (best === null || message.score > best.score)) best = message;
  }
  return best;
}

const hasAll = (words: ReadonlySet<string>, found: readonly string[]): boolean =>
  new Set(found).size === words.size;
