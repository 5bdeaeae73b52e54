import MiniSearch from 'minisearch';
import type { Conversation, Message } from '../../shared/conversation.ts';
import type { SearchHit } from '../../shared/core-api.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import { rankHits, type Match } from './rank-hits.ts';
import { textPieces, type Piece } from './text-pieces.ts';
import { indexTerms, isCode, queryTerms } from './tokenize.ts';

/** How long indexing keeps the worker to itself. Tokens of a running answer pass in between. */
const sliceMs = 10;

/** So much of a query is looked for: each of its words is compared with all that there are, and nothing else runs meanwhile. */
const longestQuery = 200;

/** Words of letters can be misspelled; another number or another character is another thing. */
const isSpelled = (term: string): boolean => term.length >= 4 && !isCode(term) && !/\p{N}/u.test(term);

export interface SearchIndexOptions {
  /** What is stored. Read once, at the first search. */
  source: {
    listConversations(): Promise<Conversation[]>;
    readMessages(id: ConversationId): Promise<Message[]>;
  };
  clock: Clock;
}

export interface SearchIndex {
  /** Rejects when what is stored cannot be read; the next search then reads it again. */
  search(query: string): Promise<SearchHit[]>;
  /** Adds or replaces. Answers that are still being written are passed over: put them when their run ends. */
  put(records: { conversations: readonly Conversation[]; messages: readonly Message[] }): void;
  /** Forgets a conversation that was deleted for good; one with a `deletedAt` is only not shown. */
  remove(id: ConversationId): void;
}

const pieceId = (messageId: MessageId, number: number): string => `${messageId}/${number}`;

/**
 * Full-text search over titles and messages. Nothing is read or indexed before somebody searches, since most lives
 * of a core see no search; from then on it is kept current by `put` and `remove`.
 */
export function makeSearchIndex({ source, clock }: SearchIndexOptions): SearchIndex {
  const index = new MiniSearch<Piece>({
    fields: ['text'],
    tokenize: indexTerms,
    // Terms come out of the tokenizer ready to be indexed.
    processTerm: (term) => term,
  });
  const conversations = new Map<ConversationId, Conversation>();
  const purged = new Set<ConversationId>();
  const pieces = new Map<string, Piece>();
  /** Pieces that the index does not have yet. */
  const queue = new Set<Piece>();
  let indexing: Promise<void> | null = null;
  let reading: Promise<void> | null = null;

  async function indexQueue(): Promise<void> {
    await pause();
    let begun = clock.now();
    for (const piece of queue) {
      queue.delete(piece);
      index.add(piece);
      if (clock.now() - begun < sliceMs) continue;
      await pause();
      begun = clock.now();
    }
    indexing = null;
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(0, resolve);
    });

  function add(piece: Piece): void {
    drop(piece.id);
    pieces.set(piece.id, piece);
    queue.add(piece);
    indexing ??= indexQueue();
  }

  function drop(id: string): boolean {
    const piece = pieces.get(id);
    if (!piece) return false;
    pieces.delete(id);
    if (!queue.delete(piece)) index.discard(id);
    return true;
  }

  function putConversation(conversation: Conversation): void {
    const { id, title } = conversation;
    conversations.set(id, conversation);
    if (pieces.get(id)?.text !== title) add({ id, conversationId: id, messageId: null, text: title });
  }

  function putMessage({ id, conversationId, text }: Message): void {
    const parts = textPieces(text);
    for (const [number, part] of parts.entries()) {
      add({ id: pieceId(id, number), conversationId, messageId: id, text: part });
    }
    for (let number = parts.length; drop(pieceId(id, number));) number += 1;
  }

  /** What was put meanwhile is newer than what is read, and stays. */
  async function read(): Promise<void> {
    for (const conversation of await source.listConversations()) {
      const { id } = conversation;
      if (!conversations.has(id) && !purged.has(id)) putConversation(conversation);
    }
    for (const id of conversations.keys()) {
      for (const message of await source.readMessages(id)) {
        if (!purged.has(id) && !pieces.has(pieceId(message.id, 0))) putMessage(message);
      }
    }
  }

  function forget(): void {
    reading = null;
    index.removeAll();
    for (const collection of [conversations, pieces, queue]) collection.clear();
  }

  const isShown = (id: ConversationId): boolean => conversations.get(id)?.deletedAt === null;

  function find(query: string): SearchHit[] {
    const terms = new Set(queryTerms(query));
    const results = index.search(query, {
      tokenize: queryTerms,
      // Which words must meet where is for `rankHits` to say: here each is looked for alone.
      combineWith: 'OR',
      // One letter begins too many words to look through, and tells too little.
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (isSpelled(term) ? 0.2 : false),
      filter: ({ id }) => {
        const piece = pieces.get(String(id));
        return piece !== undefined && isShown(piece.conversationId);
      },
    });
    const matches: Match[] = [];
    for (const result of results) {
      const piece = pieces.get(String(result.id));
      if (piece) matches.push({ piece, score: result.score, found: result.queryTerms, terms: result.terms });
    }
    return rankHits(terms, matches, (id) => conversations.get(id)?.title ?? '');
  }

  return {
    async search(text) {
      const query = text.slice(0, longestQuery);
      if (queryTerms(query).length === 0) return [];
      reading ??= read();
      try {
        await reading;
      } catch (error) {
        forget();
        throw error;
      }
      while (indexing !== null) await indexing;
      return find(query);
    },
    put({ conversations, messages }) {
      // One that comes back from a copy is no longer gone, whether or not somebody has searched.
      for (const { id } of conversations) purged.delete(id);
      if (reading === null) return;
      for (const conversation of conversations) putConversation(conversation);
      for (const message of messages) {
        if (message.state !== 'queued' && message.state !== 'running') putMessage(message);
      }
    },
    remove(id) {
      purged.add(id);
      if (reading === null) return;
      conversations.delete(id);
      for (const piece of pieces.values()) if (piece.conversationId === id) drop(piece.id);
    },
  };
}
