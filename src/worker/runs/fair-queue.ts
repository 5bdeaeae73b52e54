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
  /** In the order in which they came. */
  waiting: QueueEntry[];
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
 * Of one conversation, what came first is served first, whoever asked: the later prompt has the earlier answer in it.
 */
export function makeFairQueue<E extends QueueEntry>(): FairQueue<E> {
  const position: Position = {
    waiting: [],
    balances: new Map(),
    locals: new Set(),
    ring: [],
    lastConversation: null,
    sameConversation: 0,
  };

  return {
    add(entry) {
      if (entry.isLocal) position.locals.add(entry.client);
      position.waiting.push(entry);
      if (!position.ring.includes(entry.client)) position.ring.push(entry.client);
    },

    remove(messageId) {
      const index = position.waiting.findIndex((entry) => entry.messageId === messageId);
      const [removed] = index < 0 ? [] : position.waiting.splice(index, 1);
      return (removed as E | undefined) ?? null;
    },

    has: (messageId) => position.waiting.some((entry) => entry.messageId === messageId),

    take() {
      const entry = takeNext(position) as E | null;
      if (position.waiting.length === 0) forgetIdle(position, entry?.client);
      return entry;
    },

    charge(client, tokens) {
      position.balances.set(client, balanceOf(position, client) - tokens);
    },

    order() {
      const copy: Position = {
        ...position,
        waiting: [...position.waiting],
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

/** Of each conversation the entry that came first. */
function firstOfEach({ waiting }: Position): QueueEntry[] {
  const seen = new Set<string>();
  return waiting.filter(({ conversationId }) => {
    const isFirst = !seen.has(conversationId);
    seen.add(conversationId);
    return isFirst;
  });
}

function takeNext(position: Position): QueueEntry | null {
  const ready = firstOfEach(position);
  const clients = new Set(ready.map(({ client }) => client));
  const waiting = position.ring.filter((client) => clients.has(client));
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
  return takeOf(
    position,
    ready.filter((entry) => entry.client === client),
  );
}

/** Takes one of a client's entries. */
function takeOf(position: Position, entries: QueueEntry[]): QueueEntry | null {
  const sameAgain =
    position.sameConversation < affinityRuns
      ? entries.find((entry) => entry.conversationId === position.lastConversation)
      : undefined;
  const entry = sameAgain ?? entries[0];
  if (!entry) return null;
  position.waiting.splice(position.waiting.indexOf(entry), 1);
  position.sameConversation =
    entry.conversationId === position.lastConversation ? position.sameConversation + 1 : 1;
  position.lastConversation = entry.conversationId;
  return entry;
}
