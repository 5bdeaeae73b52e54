import { describe, expect, it } from 'vitest';
import { makeFairQueue, type QueueEntry } from '../../../src/worker/runs/fair-queue.ts';

let made = 0;
const entry = (client: string, conversationId = client, isLocal = true): QueueEntry => ({
  client,
  isLocal,
  conversationId,
  messageId: `message-${made++}`,
});

/** Serves everything that waits, each run at the given cost, and returns the clients in order. */
function serveAll(queue: ReturnType<typeof makeFairQueue>, cost: (client: string) => number): string[] {
  const order: string[] = [];
  for (let next = queue.take(); next; next = queue.take()) {
    order.push(next.client);
    queue.charge(next.client, cost(next.client));
  }
  return order;
}

describe('fair queue', () => {
  it('takes turns between clients, whoever queued more', () => {
    const queue = makeFairQueue();
    for (let i = 0; i < 3; i++) queue.add(entry('greedy', `conversation-${i}`));
    queue.add(entry('modest'));
    expect(serveAll(queue, () => 100)).toEqual(['greedy', 'modest', 'greedy', 'greedy']);
  });

  it('makes a client that used much sit out until others had as much', () => {
    const queue = makeFairQueue();
    for (let i = 0; i < 12; i++) queue.add(entry('long', `l${i}`));
    for (let i = 0; i < 12; i++) queue.add(entry('short', `s${i}`));
    const order = serveAll(queue, (client) => (client === 'long' ? 1024 : 256));
    // While both wait, four short runs go by for each long one: equal shares of the GPU.
    const whileBothWait = order.slice(0, order.lastIndexOf('short') + 1);
    const long = whileBothWait.filter((client) => client === 'long').length * 1024;
    const short = whileBothWait.filter((client) => client === 'short').length * 256;
    expect(long / short).toBeGreaterThan(0.7);
    expect(long / short).toBeLessThan(1.5);
  });

  it('a client that asks again a moment later misses no round', () => {
    const queue = makeFairQueue();
    const clients = ['a', 'b', 'c', 'd'];
    const served = new Map(clients.map((client) => [client, 0]));
    for (const client of clients) queue.add(entry(client));
    // Whoever was served reads while the next one is served, and asks again after that.
    let reader: string | null = null;
    for (let run = 0; run < 800; run++) {
      const { client } = queue.take() ?? entry('nobody');
      queue.charge(client, 64);
      served.set(client, (served.get(client) ?? 0) + 1);
      if (reader !== null) queue.add(entry(reader));
      reader = client;
    }
    const counts = [...served.values()];
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('starves nobody among 50 clients with random costs', () => {
    const queue = makeFairQueue();
    const clients = Array.from({ length: 50 }, (_, index) => `tab-${index}`);
    for (let round = 0; round < 4; round++) {
      for (const client of clients) queue.add(entry(client, `${client}-${round}`));
    }
    let random = 1;
    const used = new Map<string, number>();
    const firstServed = new Set<string>();
    let runs = 0;
    for (let next = queue.take(); next; next = queue.take()) {
      random = (random * 48271) % 2147483647;
      const cost = 1 + (random % 600);
      queue.charge(next.client, cost);
      used.set(next.client, (used.get(next.client) ?? 0) + cost);
      firstServed.add(next.client);
      runs++;
      // Every client had its first turn before anybody had a second.
      if (runs === clients.length) expect(firstServed.size).toBe(clients.length);
    }
    expect(runs).toBe(200);
  });

  it('keeps turns of one conversation together, but not for ever', () => {
    const queue = makeFairQueue();
    const order: string[] = [];
    for (const conversation of ['a', 'b', 'a', 'a', 'a', 'a']) queue.add(entry('tab', conversation));
    for (let next = queue.take(); next; next = queue.take()) order.push(next.conversationId);
    expect(order).toEqual(['a', 'a', 'a', 'b', 'a', 'a']);
  });

  it('serves one conversation in the order in which it was asked, whoever asked and owes', () => {
    const queue = makeFairQueue();
    queue.add(entry('a', 'other'));
    queue.take();
    queue.charge('a', 5_000);
    queue.add(entry('c'));
    const [first, second] = [entry('a', 'shared'), entry('b', 'shared')];
    queue.add(first);
    queue.add(second);
    queue.add(entry('b', 'own'));
    const foretold = queue.order().map(({ conversationId }) => conversationId);
    const order: QueueEntry[] = [];
    for (let next = queue.take(); next; next = queue.take()) {
      order.push(next);
      queue.charge(next.client, 256);
    }
    // Whoever owes is waited for in the shared conversation only.
    expect(order.map(({ conversationId }) => conversationId)).toEqual(['c', 'own', 'shared', 'shared']);
    expect(foretold).toEqual(['c', 'own', 'shared', 'shared']);
    expect(order.slice(2)).toEqual([first, second]);
  });

  it('keeps nobody waiting for an entry that left', () => {
    const queue = makeFairQueue();
    queue.add(entry('a', 'other'));
    queue.take();
    queue.charge('a', 5_000);
    const [first, second] = [entry('a', 'shared'), entry('b', 'shared')];
    for (const each of [first, second, entry('c')]) queue.add(each);
    queue.remove(first.messageId);
    expect(queue.take()).toBe(second);
  });

  it('foretells the order in which it serves runs of one quantum', () => {
    const queue = makeFairQueue();
    for (const client of ['a', 'b', 'a', 'c', 'b', 'a']) queue.add(entry(client, `${client}${made}`));
    const foretold = queue.order().map(({ messageId }) => messageId);
    const served: string[] = [];
    for (let next = queue.take(); next; next = queue.take()) {
      served.push(next.messageId);
      queue.charge(next.client, 256);
    }
    expect(served).toEqual(foretold);
  });

  it('lets an entry leave before its turn, and nobody else', () => {
    const queue = makeFairQueue();
    const [a, b] = [entry('a'), entry('b')];
    queue.add(a);
    queue.add(b);
    expect(queue.remove(a.messageId)).toBe(a);
    expect(queue.remove(a.messageId)).toBeNull();
    expect(queue.has(a.messageId)).toBe(false);
    expect(queue.take()).toBe(b);
    expect(queue.take()).toBeNull();
  });

  it('forgives debts once nobody waits', () => {
    const queue = makeFairQueue();
    queue.add(entry('a'));
    queue.take();
    queue.charge('a', 1_000_000);
    queue.add(entry('a'));
    expect(queue.take()?.client).toBe('a');
    queue.add(entry('a'));
    queue.add(entry('b'));
    expect(queue.take()?.client).toBe('a');
  });

  it('serves the people at this device before other devices, and each group fairly', () => {
    const queue = makeFairQueue();
    for (const device of ['phone', 'phone', 'tablet']) queue.add(entry(device, device, false));
    for (const tab of ['first', 'first', 'second']) queue.add(entry(tab));
    expect(serveAll(queue, () => 300)).toEqual(['first', 'second', 'first', 'phone', 'tablet', 'phone']);
  });

  it('gives three devices equal shares, whoever asks for more', () => {
    const queue = makeFairQueue();
    for (let i = 0; i < 30; i++) queue.add(entry('greedy', 'greedy', false));
    for (const device of ['a', 'b']) for (let i = 0; i < 10; i++) queue.add(entry(device, device, false));
    const order = serveAll(queue, () => 200).slice(0, 30);
    for (const device of ['greedy', 'a', 'b']) {
      expect(order.filter((client) => client === device).length).toBeGreaterThanOrEqual(9);
    }
  });
});
