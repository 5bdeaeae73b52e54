import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import { withAddress } from '../../../src/server/signalling.ts';
import { startBench, type Bench, type TestSocket } from './socket-client.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

interface Peer extends TestSocket {
  id: string;
}

/** Speaks PeerJS' protocol, as the library does. */
function open(token = makeRouteToken(), id = routeOf(token)): Peer {
  const query = new URLSearchParams({ key: 'peerjs', id, token, version: '1.5.5' });
  return { ...bench.open(`signal/peerjs?${query}`), id };
}

async function register(token?: string): Promise<Peer> {
  const peer = open(token);
  await expect.poll(() => peer.texts).toEqual([{ type: 'OPEN' }]);
  return peer;
}

const offer = (dst: string) => ({
  type: 'OFFER',
  dst,
  payload: { type: 'data', connectionId: 'dc_1', sdp: { type: 'offer', sdp: 'v=0' }, metadata: { v: 1 } },
});

const candidate = (dst: string, address: string) => ({
  type: 'CANDIDATE',
  dst,
  payload: {
    type: 'data',
    connectionId: 'dc_1',
    candidate: {
      candidate: `candidate:1 1 udp 2113937151 ${address} 54400 typ host generation 0`,
      sdpMid: '0',
    },
  },
});

const hidden = '0e1b5c9e-6f3a-4f0e-9d8f-1a2b3c4d5e6f.local';

/** Whether an offer to it comes to nobody. */
async function isRegistered(id: string): Promise<boolean> {
  const asker = await register();
  await asker.say(offer(id));
  await asker.say(offer('a'.repeat(26)));
  await expect.poll(() => asker.texts.at(-1)).toMatchObject({ type: 'EXPIRE', src: 'a'.repeat(26) });
  asker.socket.close();
  return asker.texts.length === 2;
}

/** What every attack must leave as it was: two honest devices still find each other. */
async function expectHonestPair(): Promise<void> {
  const [guest, host] = [await register(), await register()];
  await guest.say(offer(host.id));
  await expect.poll(() => host.texts.at(-1)).toMatchObject({ type: 'OFFER', src: guest.id });
  await host.say({ ...offer(guest.id), type: 'ANSWER' });
  await expect.poll(() => guest.texts.at(-1)).toMatchObject({ type: 'ANSWER', src: host.id });
  for (const { socket } of [guest, host]) socket.close();
}

describe('signalling', () => {
  it('introduces two devices', expectHonestPair);

  it('adds the address to a candidate that hides it', async () => {
    const [guest, host] = [await register(), await register()];
    await guest.say(candidate(host.id, hidden));
    await expect.poll(() => host.texts.length).toBe(3);
    const seen = host.texts.slice(1).map((text) => {
      const { payload } = text as ReturnType<typeof candidate>;
      return payload.candidate.candidate.split(' ')[4];
    });
    expect(seen[0]).toBe(hidden);
    expect(['127.0.0.1', '::1']).toContain(seen[1]);
    await guest.say(candidate(host.id, '192.168.1.7'));
    await guest.say(offer(host.id));
    await expect.poll(() => host.texts.length).toBe(5);
  });

  it('lets go of who reads nothing of what it is sent', async () => {
    const deaf = await register();
    const tcp = (deaf.socket as unknown as { _socket: Socket })._socket;
    tcp.pause();
    const filled = { ...offer(deaf.id), payload: { fill: 'x'.repeat(30_000) } };
    // What a system's own buffers hold comes first: some megabytes.
    for (let round = 0; round < 8 && (await isRegistered(deaf.id)); round += 1) {
      const sender = await register();
      for (let count = 0; count < 90; count += 1) await sender.say(filled);
      await expect.poll(() => sender.socket.bufferedAmount).toBe(0);
    }
    expect(await isRegistered(deaf.id)).toBe(false);
    tcp.resume();
    await expectHonestPair();
  });

  it('leaves candidates alone that hide nothing, or are none', () => {
    for (const payload of [null, 'text', {}, { candidate: null }, { candidate: { candidate: 5 } }]) {
      expect(withAddress(payload, '192.168.1.7')).toBeNull();
    }
    expect(withAddress(candidate('x', '10.0.0.1').payload, '192.168.1.7')).toBeNull();
    expect(withAddress(candidate('x', hidden).payload, '192.168.1.7')).toMatchObject({
      candidate: { candidate: expect.stringContaining(' 192.168.1.7 54400 ') },
    });
  });

  it('opens a device’s second socket although the first was never closed', async () => {
    const token = makeRouteToken();
    const old = await register(token);
    const next = await register(token);
    await expect.poll(() => old.closed.code).toBe(4409);
    const guest = await register();
    await guest.say(offer(next.id));
    await expect.poll(() => next.texts.at(-1)).toMatchObject({ type: 'OFFER' });
  });

  it('says at once that nobody is there', async () => {
    const guest = await register();
    const away = routeOf(makeRouteToken());
    await guest.say(offer(away));
    await expect.poll(() => guest.texts.at(-1)).toEqual({ type: 'EXPIRE', src: away, dst: guest.id });
  });
});

describe('attacks on signalling', () => {
  it('attack 1: the id of a host that is away cannot be had without its token', async () => {
    const wanted = routeOf(makeRouteToken());
    for (const token of [makeRouteToken(), 'short', '']) {
      const thief = open(token, wanted);
      await expect.poll(() => thief.closed.code).toBe(4400);
      expect(thief.texts).toEqual([]);
    }
    await expectHonestPair();
  });

  it('attack 1: nor by saying one’s own id first, and the host’s after it', async () => {
    const [token, wanted] = [makeRouteToken(), makeRouteToken()];
    const own = new URLSearchParams({ key: 'peerjs', token, id: routeOf(token) });
    const guest = await register();
    for (const more of [
      `id=${routeOf(wanted)}`,
      `token=${wanted}`,
      `id=${routeOf(wanted)}&token=${wanted}`,
    ]) {
      const thief = bench.open(`signal/peerjs?${own}&${more}`);
      await expect.poll(() => thief.closed.code).toBe(4400);
      expect(thief.texts).toEqual([]);
    }
    const owner = await register(wanted);
    await guest.say(offer(owner.id));
    await expect.poll(() => owner.texts.at(-1)).toMatchObject({ type: 'OFFER', src: guest.id });
  });

  it('attack 2: 600 offers in a breath end the socket that sends them', async () => {
    const [attacker, host] = [await register(), await register()];
    for (let index = 0; index < 600; index++) await attacker.say(offer(host.id));
    await expect.poll(() => attacker.closed.code).toBe(4429);
    expect(host.texts.length).toBeLessThan(150);
    await expectHonestPair();
  });

  it('attack 3: 5,000 candidates likewise', async () => {
    const [attacker, host] = [await register(), await register()];
    for (let index = 0; index < 5_000; index++) await attacker.say(candidate(host.id, hidden));
    await expect.poll(() => attacker.closed.code).toBe(4429);
    // Each may bring a second one with the address.
    expect(host.texts.length).toBeLessThan(300);
    await expectHonestPair();
  });

  it('attack 4: a message of 8 MB is not passed on', async () => {
    const [attacker, host] = [await register(), await register()];
    await attacker.say({ ...offer(host.id), payload: { junk: 'x'.repeat(8_000_000) } });
    await expect.poll(() => attacker.closed.code).toBe(1009);
    expect(host.texts).toHaveLength(1);
    await expectHonestPair();
  });

  it.each([
    ['null', 'null'],
    ['no JSON', '{'],
    ['an unknown type', { type: 'constructor', dst: 'a'.repeat(26), payload: {} }],
    ['a receiver that is no route', { type: 'OFFER', dst: '__proto__', payload: {} }],
    ['an offer without a payload', { type: 'OFFER', dst: 'a'.repeat(26), payload: null }],
  ])('attack 5: %s ends the socket that sends it', async (_, word) => {
    const attacker = await register();
    await attacker.say(word);
    await expect.poll(() => attacker.closed.code).toBe(4400);
    await expectHonestPair();
  });

  it('attack 8: a LEAVE in another’s name says only who really sent it', async () => {
    const [attacker, guest, host] = [await register(), await register(), await register()];
    await attacker.say({ type: 'LEAVE', src: host.id, dst: guest.id });
    await expect.poll(() => guest.texts.at(-1)).toMatchObject({ type: 'LEAVE', src: attacker.id });
    await guest.say(offer(host.id));
    await expect.poll(() => host.texts.at(-1)).toMatchObject({ type: 'OFFER', src: guest.id });
    await expectHonestPair();
  });

  it('attack 8: who says LEAVE to nobody is not here any more, and nothing is kept for it', async () => {
    const token = makeRouteToken();
    const [attacker, guest] = [await register(token), await register()];
    await attacker.say({ type: 'LEAVE' });
    await expect.poll(() => attacker.closed.code).not.toBeNull();
    await guest.say(offer(attacker.id));
    await expect.poll(() => guest.texts.at(-1)).toMatchObject({ type: 'EXPIRE', src: attacker.id });
    const late = await register(token);
    await expectHonestPair();
    expect(late.texts).toEqual([{ type: 'OPEN' }]);
  });

  it('a device is away as soon as its socket is closing, however long that takes', async () => {
    const [deaf, guest] = [await register(), await register()];
    await deaf.say('null');
    (deaf.socket as unknown as { _socket: Socket })._socket.pause();
    const isExpired = async () => {
      await guest.say(offer(deaf.id));
      return guest.texts.length > 1;
    };
    await expect.poll(isExpired).toBe(true);
    expect(guest.texts.at(-1)).toMatchObject({ type: 'EXPIRE', src: deaf.id });
    deaf.socket.terminate();
    await expectHonestPair();
  });

  it('nothing is kept for devices that are not there', async () => {
    const attacker = await register();
    const token = makeRouteToken();
    for (let index = 0; index < 50; index++) await attacker.say(offer(routeOf(token)));
    await expect.poll(() => attacker.texts.length).toBe(51);
    const late = await register(token);
    await expectHonestPair();
    expect(late.texts).toEqual([{ type: 'OPEN' }]);
  });
});
