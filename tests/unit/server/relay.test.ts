import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import { routeOf as serverRouteOf } from '../../../src/server/relay.ts';
import { startBench, type Bench, type TestSocket } from './socket-client.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

async function openHost(token = makeRouteToken()): Promise<TestSocket & { route: string; token: string }> {
  const host = bench.open('relay/host');
  await host.say({ type: 'host', token });
  await expect.poll(() => host.texts).toEqual([{ type: 'at', route: routeOf(token) }]);
  return { ...host, route: routeOf(token), token };
}

const ticketOf = (host: TestSocket): string => (host.texts.at(-1) as { ticket: string }).ticket;

/** A caller and the host's end of the same link. */
async function splice(host: TestSocket, route: string | null): Promise<{ a: TestSocket; b: TestSocket }> {
  const before = host.texts.length;
  const a = bench.open('relay/link');
  await a.say({ type: 'call', route });
  await expect.poll(() => host.texts.length).toBe(before + 1);
  const b = bench.open('relay/link');
  await b.say({ type: 'take', ticket: ticketOf(host) });
  await expect.poll(() => [a.texts, b.texts]).toEqual([[{ type: 'open' }], [{ type: 'open' }]]);
  return { a, b };
}

describe('relay', { timeout: 30_000 }, () => {
  it('computes routes as the app does', () => {
    for (let round = 0; round < 100; round++) {
      const token = makeRouteToken();
      expect(serverRouteOf(token)).toBe(routeOf(token));
    }
  });

  it('passes frames on both ways, unread and in order, and the end of either to the other', async () => {
    const host = await openHost();
    const { a, b } = await splice(host, host.route);
    const sent = Array.from({ length: 200 }, (_, index) => Buffer.alloc(1 + index * 80, index));
    for (const frame of sent) {
      a.socket.send(frame);
      b.socket.send(frame);
    }
    await expect.poll(() => [a.frames.length, b.frames.length]).toEqual([200, 200]);
    expect(b.frames.every((frame, index) => frame.equals(sent[index] ?? Buffer.of()))).toBe(true);
    a.socket.close();
    await expect.poll(() => b.closed.code).not.toBeNull();
  });

  it('holds up the sender of a slow receiver instead of growing', async () => {
    const host = await openHost();
    const { a, b } = await splice(host, host.route);
    b.socket.pause();
    const frame = Buffer.alloc(16 * 1024, 7);
    const total = 2_000;
    for (let index = 0; index < total; index++) a.socket.send(frame);
    // 32 MB are on their way: most of them must still be with their sender.
    await expect.poll(() => a.socket.bufferedAmount).toBeGreaterThan(8 * 1024 * 1024);
    b.socket.resume();
    await expect.poll(() => b.frames.length, { timeout: 10_000 }).toBe(total);
  });

  it('sends a caller without a route to the host that opened its pairing last', async () => {
    const [first, second] = [await openHost(), await openHost()];
    await first.say({ type: 'pairing', isOpen: true });
    await second.say({ type: 'pairing', isOpen: true });
    // Each socket's words are read in order, so this answer comes after both were heard.
    await splice(second, second.route);
    await splice(second, null);
    await second.say({ type: 'pairing', isOpen: false });
    await splice(second, second.route);
    await splice(first, null);
  });

  it('tells a caller that nobody is there', async () => {
    const caller = bench.open('relay/link');
    await caller.say({ type: 'call', route: routeOf(makeRouteToken()) });
    await expect.poll(() => caller.closed.code).toBe(4404);
    const taker = bench.open('relay/link');
    await taker.say({ type: 'take', ticket: 'a'.repeat(32) });
    await expect.poll(() => taker.closed.code).toBe(4404);
  });

  it('lets the same host take its place again after its socket died unnoticed', async () => {
    const old = await openHost();
    const next = await openHost(old.token);
    await expect.poll(() => old.closed.code).toBe(4409);
    await splice(next, next.route);
  });

  it.each([
    ['no JSON', 'hello'],
    ['another first word', { type: 'pairing', isOpen: true }],
    ['a token that is none', { type: 'host', token: '<script>' }],
    ['more than it may say', { type: 'host', token: 'a'.repeat(43), more: 1 }],
  ])('closes a host that says %s', async (_, word) => {
    const host = bench.open('relay/host');
    await host.say(word);
    await expect.poll(() => host.closed.code).toBe(4400);
  });

  it('closes both ends of a link on which something else than a frame is said', async () => {
    const host = await openHost();
    for (const bad of ['text', Buffer.alloc(0)]) {
      const { a, b } = await splice(host, host.route);
      a.socket.send(bad);
      await expect.poll(() => [a.closed.code, b.closed.code]).toEqual([4400, 4400]);
    }
    const { a, b } = await splice(host, host.route);
    a.socket.send(Buffer.alloc(16 * 1024 + 1));
    await expect.poll(() => [a.closed.code, b.closed.code].every((code) => code !== null)).toBe(true);
    await splice(host, host.route);
  });

  it('closes a caller that does not wait for the other end', async () => {
    const host = await openHost();
    const caller = bench.open('relay/link');
    await caller.say({ type: 'call', route: host.route });
    caller.socket.send(Buffer.of(1));
    await expect.poll(() => caller.closed.code).toBe(4400);
  });
});

describe('attacks on the server', { timeout: 30_000 }, () => {
  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['a name of another (DNS rebinding)', { host: 'evil.example', origin: 'http://evil.example' }, 421],
  ])('attack 6: %s gets no WebSocket', async (_, headers, status) => {
    for (const path of ['relay/host', 'relay/link', 'signal/peerjs']) {
      const { socket, closed } = bench.open(path, headers);
      const refused = new Promise((resolve) => {
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      });
      expect(await refused).toBe(status);
      socket.terminate();
      await expect.poll(() => closed.code).not.toBeNull();
    }
    const host = await openHost();
    await splice(host, host.route);
  });

  it('attack 7: 300 sockets of one address are cut off, and open ones go on', async () => {
    const host = await openHost();
    const { a, b } = await splice(host, host.route);
    const flood = Array.from({ length: 300 }, () => bench.open('relay/link'));
    await expect
      .poll(() => flood.filter(({ closed }) => closed.code === 4429).length, { timeout: 10_000 })
      .toBeGreaterThan(200);
    a.socket.send(Buffer.of(1, 2, 3));
    await expect.poll(() => b.frames.length).toBe(1);
    for (const { socket } of flood) socket.terminate();
    await expect
      .poll(async () => {
        const again = bench.open('relay/link');
        await again.say({ type: 'call', route: routeOf(makeRouteToken()) }).catch(() => {});
        await expect.poll(() => again.closed.code).not.toBeNull();
        return again.closed.code;
      })
      .toBe(4404);
  });

  it('attack 7: calls of a stranger use up nothing of the host’s, taken or hung up on', async () => {
    const host = await openHost();
    // Counted for both ends, these would be more than the 600 a minute that one address has.
    for (let round = 0; round < 310; round++) {
      const caller = bench.open('relay/link');
      const rung = Promise.race([once(host.socket, 'message'), once(caller.socket, 'close')]);
      await caller.say({ type: 'call', route: host.route });
      await rung;
      expect(caller.closed.code, `call ${round}`).toBeNull();
      if (round % 2 === 0) caller.socket.terminate();
      const taker = bench.open('relay/link');
      const answered = Promise.race([once(taker.socket, 'message'), once(taker.socket, 'close')]);
      await taker.say({ type: 'take', ticket: ticketOf(host) });
      await answered;
      expect(taker.closed.code, `call ${round}`).not.toBe(4429);
      for (const { socket } of [caller, taker]) socket.terminate();
    }
    await splice(host, host.route);
  });

  it('attack 7: a caller has eight calls waiting and no more, also when it hangs up', async () => {
    const host = await openHost();
    const call = async (): Promise<TestSocket> => {
      const caller = bench.open('relay/link');
      await caller.say({ type: 'call', route: host.route });
      return caller;
    };
    for (let index = 0; index < 8; index++) {
      const caller = await call();
      await expect.poll(() => host.texts.length).toBe(2 + index);
      if (index % 2 === 0) caller.socket.terminate();
    }
    const ninth = await call();
    await expect.poll(() => ninth.closed.code).toBe(4429);
    const taker = bench.open('relay/link');
    await taker.say({ type: 'take', ticket: ticketOf(host) });
    await expect.poll(() => taker.texts).toEqual([{ type: 'open' }]);
    await splice(host, host.route);
  });

  it('attack 7: calls of many addresses that a host does not take leave other hosts alone', async ({
    skip,
  }) => {
    skip(process.platform !== 'linux', 'other systems have no other addresses that are always there');
    const [host, other] = [await openHost(), await openHost()];
    const callers = Array.from({ length: 40 }, (_, index) =>
      bench.open('relay/link', {}, `127.0.0.${2 + Math.floor(index / 8)}`),
    );
    for (const caller of callers) await caller.say({ type: 'call', route: host.route });
    await expect.poll(() => callers.filter(({ closed }) => closed.code === 4429).length).toBe(8);
    expect(host.texts).toHaveLength(1 + 32);
    await splice(other, other.route);
  });

  it('an address that is none of ours is not upgraded', async () => {
    const { socket } = bench.open('elsewhere');
    const refused = new Promise((resolve) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    });
    expect(await refused).toBe(404);
    socket.terminate();
  });
});
