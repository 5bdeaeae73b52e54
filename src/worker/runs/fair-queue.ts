export interface QueueEntry {
  /** Who asked: a tab, a paired device or a program. */
  client: string;
  /** Of a person at this device: goes before everybody else. */
  isLocal: boolean;
  conversationId: string;
  messageId: string;
}

/** Tokens that a client may use per round. About one answer of middle length. */
const quantum = 256;

/** Turns of one conversation that may follow each other before the client's oldest entry comes first again. */
const affinityRuns = 3;

interface Position {
  waiting: Map<string, QueueEntry[]>;
  balances: Map<string, number>;
  /** Clients whose entries are of a person at this device. */
  locals: Set<string>;
  /** Clients in the order of their turns. */
  ring: string[];
  lastConversation: string | null;
  sameConversation: number;
}

export interface FairQueue<E extends QueueEntry> {
  add(entry: E): void;
  /** Takes an entry out before its turn. Null when it is not waiting. */
  remove(messageId: string): E | null;
  has(messageId: string): boolean;
  take(): E | null;
  /** What a run has cost its client, in tokens. */
  charge(client: string, tokens: number): void;
  /** The entries in the order in which they would be taken if nobody else came. */
  order(): E[];
}

/**
 * Deficit round robin (Shreedhar and Varghese, 1995, doi:10.1145/217391.217453), with one change: what a run costs is
 * known only after it, so it is charged afterwards and a client in debt sits out until its rounds have paid for it.
 * The clients of this device share among themselves; the others share what they leave.
 * Within a client, turns of the conversation served last come first, since the engine's KV cache still holds it.
 */
export function makeFairQueue<E extends QueueEntry>(): FairQueue<E> {
  const position: Position = {
    waiting: new Map(),
    balances: new Map(),
    locals: new Set(),
    ring: [],
    lastConversation: null,
    sameConversation: 0,
  };

  return {
    add(entry) {
      if (entry.isLocal) position.locals.add(entry.client);
      const entries = position.waiting.get(entry.client);
      if (entries) {
        entries.push(entry);
        return;
      }
      position.waiting.set(entry.client, [entry]);
      if (!position.ring.includes(entry.client)) position.ring.push(entry.client);
    },

    remove(messageId) {
      for (const [client, entries] of position.waiting) {
        const index = entries.findIndex((entry) => entry.messageId === messageId);
        if (index < 0) continue;
        const [removed] = entries.splice(index, 1);
        if (entries.length === 0) position.waiting.delete(client);
        return removed as E;
      }
      return null;
    },

    has: (messageId) =>
      [...position.waiting.values()].some((entries) =>
        entries.some((entry) => entry.messageId === messageId),
      ),

    take() {
      const entry = takeNext(position) as E | null;
      if (position.waiting.size === 0) forgetIdle(position, entry?.client);
      return entry;
    },

    charge(client, tokens) {
      position.balances.set(client, balanceOf(position, client) - tokens);
    },

    order() {
      const copy: Position = {
        ...position,
        waiting: new Map([...position.waiting].map(([client, entries]) => [client, [...entries]])),
        balances: new Map(position.balances),
        ring: [...position.ring],
      };
      const order: E[] = [];
      for (let entry = takeNext(copy); entry; entry = takeNext(copy)) {
        order.push(entry as E);
        copy.balances.set(entry.client, balanceOf(copy, entry.client) - quantum);
      }
      return order;
    },
  };
}

const balanceOf = (position: Position, client: string): number => position.balances.get(client) ?? quantum;

/** Debts matter only while others wait: once nobody does, everyone starts anew. */
function forgetIdle(position: Position, served: string | undefined): void {
  position.balances.clear();
  position.locals.clear();
  position.ring = served === undefined ? [] : [served];
}

function takeNext(position: Position): QueueEntry | null {
  const waiting = position.ring.filter((client) => position.waiting.has(client));
  const local = waiting.filter((client) => position.locals.has(client));
  const candidates = local.length > 0 ? local : waiting;
  if (candidates.length === 0) return null;
  // As many rounds at once as the least indebted client needs.
  const best = Math.max(...candidates.map((client) => balanceOf(position, client)));
  const rounds = best > 0 ? 0 : Math.floor(-best / quantum) + 1;
  // Also of those who are about to ask again: who reads an answer just now must not miss the round.
  for (const [client, balance] of position.balances) {
    if (position.locals.has(client) === local.length > 0)
      position.balances.set(client, Math.min(quantum, balance + rounds * quantum));
  }
  const client = candidates.find((candidate) => balanceOf(position, candidate) > 0);
  if (client === undefined) return null;
  position.ring = [...position.ring.filter((other) => other !== client), client];
  return takeOf(position, client);
}

function takeOf(position: Position, client: string): QueueEntry | null {
  const entries = position.waiting.get(client) ?? [];
  const sameAgain =
    position.sameConversation < affinityRuns
      ? entries.findIndex((entry) => entry.conversationId === position.lastConversation)
      : -1;
  const [entry] = entries.splice(Math.max(0, sameAgain), 1);
  if (entries.length === 0) position.waiting.delete(client);
  if (!entry) return null;
  position.sameConversation =
    entry.conversationId === position.lastConversation ? position.sameConversation + 1 : 1;
  position.lastConversation = entry.conversationId;
  return entry;
}
