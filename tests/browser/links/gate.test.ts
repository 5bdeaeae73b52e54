import { Peer } from 'peerjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import { seededNumbers } from '../../support/seeded.ts';
import { dial, openGateway, patience, type TestGateway } from './gateway-pair.ts';
import { endsRegistration, hostileText } from './hostile-signals.ts';

/*
 * The gate in front of RTCPeerConnection, in a real browser with the real PeerJS and a real signalling server. The
 * hostile messages are put into the socket that PeerJS opened, as if the server had sent them: our own lets few through.
 */

interface PeerInside {
  _lostMessages: Map<string, unknown[]>;
  _connections: Map<string, unknown[]>;
}

const RealSocket = WebSocket;
const RealConnection = RTCPeerConnection;
let sockets: WebSocket[] = [];
let connections = 0;
const peers = vi.spyOn(Peer.prototype, 'on');

let guest: TestGateway;
let host: TestGateway;

const socketOf = ({ route }: TestGateway): WebSocket => {
  const found = sockets.findLast(({ url }) => url.includes(`&id=${route}&`));
  if (found === undefined) throw new Error('The gateway has no socket.');
  return found;
};
const deliver = (socket: WebSocket, data: string): boolean =>
  socket.dispatchEvent(new MessageEvent('message', { data }));

/** What PeerJS holds of all its registrations: connections, and messages that belong to none. */
function held(): number[] {
  const insides = new Set(peers.mock.contexts as unknown as PeerInside[]);
  let [kept, lost] = [0, 0];
  for (const { _connections, _lostMessages } of insides) {
    for (const list of _connections.values()) kept += list.length;
    lost += _lostMessages.size;
  }
  return [kept, lost];
}

const offerFrom = (src: string, number: number): string =>
  JSON.stringify({
    type: 'OFFER',
    src,
    dst: host.route,
    payload: {
      type: 'data',
      serialization: 'raw',
      reliable: true,
      connectionId: `dc_${number}`,
      sdp: { type: 'offer', sdp: 'v=0' },
      metadata: { v: 1 },
    },
  });

async function expectHonestGuest(): Promise<void> {
  host.mayEnter = true;
  const { a, b } = await dial(guest, host);
  const arrived: Uint8Array[] = [];
  b.listen({ onFrame: (frame) => arrived.push(frame), onDrain() {}, onClosed() {} });
  a.send(Uint8Array.of(1, 2, 3));
  await expect.poll(() => arrived, patience).toEqual([Uint8Array.of(1, 2, 3)]);
  a.close();
  b.close();
  await expect.poll(held, patience).toEqual([0, 0]);
}

beforeEach(async () => {
  sockets = [];
  connections = 0;
  vi.stubGlobal(
    'WebSocket',
    class extends RealSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    },
  );
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends RealConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections += 1;
      }
    },
  );
  [guest, host] = await Promise.all([openGateway(false), openGateway(true)]);
});

afterEach(() => {
  guest.channels.stop();
  host.channels.stop();
  vi.unstubAllGlobals();
  peers.mockClear();
});

/** Errors that nobody caught, such as those out of PeerJS' own handlers. */
function collectErrors(): unknown[] {
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent | PromiseRejectionEvent): void => {
    errors.push('reason' in event ? event.reason : event.message);
    event.preventDefault();
  };
  for (const name of ['error', 'unhandledrejection'] as const) {
    addEventListener(name, onError);
    onTestFinished(() => removeEventListener(name, onError));
  }
  return errors;
}

describe('the gate in front of RTCPeerConnection', { timeout: 120_000 }, () => {
  it('attack 2: 600 forged offers make no connection, and an honest guest comes in', async () => {
    host.mayEnter = false;
    for (let number = 0; number < 600; number += 1)
      deliver(socketOf(host), offerFrom(routeOf(makeRouteToken()), number));
    expect(host.told.filter(({ type }) => type === 'admit')).toHaveLength(600);
    expect([connections, ...held()]).toEqual([0, 0, 0]);
    await expectHonestGuest();
    expect(connections).toBe(2);
  });

  it('attack 2: offers do not pile up while the core is silent', async () => {
    host.mayEnter = null;
    for (let number = 0; number < 600; number += 1)
      deliver(socketOf(host), offerFrom(routeOf(makeRouteToken()), number));
    const asked = host.told.flatMap((message) => (message.type === 'admit' ? [message.call] : []));
    expect(asked.length).toBeLessThan(10);
    for (const call of asked) host.channels.admitted({ type: 'admitted', call, isAdmitted: false });
    expect([connections, ...held()]).toEqual([0, 0, 0]);
    await expectHonestGuest();
  });

  it('attack 3: 5,000 candidates and answers that belong to nothing are not kept', async () => {
    const src = routeOf(makeRouteToken());
    for (let number = 0; number < 5_000; number += 1) {
      const payload = {
        type: 'data',
        connectionId: `dc_${number}`,
        candidate: { candidate: 'candidate:1 1 udp 1 10.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 },
        sdp: { type: 'answer', sdp: 'v=0' },
      };
      const type = number % 2 === 0 ? 'CANDIDATE' : 'ANSWER';
      deliver(socketOf(host), JSON.stringify({ type, src, dst: host.route, payload }));
    }
    expect([connections, ...held()]).toEqual([0, 0, 0]);
    await expectHonestGuest();
  });

  it('attack 5: 10,000 random and mutated messages: no throw, no growth, no connection', async () => {
    const errors = collectErrors();
    const seeds: string[] = [];
    const record = ({ data }: MessageEvent): void => void seeds.push(String(data));
    for (const gateway of [guest, host]) socketOf(gateway).addEventListener('message', record);
    await expectHonestGuest();
    for (const gateway of [guest, host]) socketOf(gateway).removeEventListener('message', record);
    expect(new Set(seeds.map((seed) => (JSON.parse(seed) as { type: string }).type))).toEqual(
      new Set(['OFFER', 'ANSWER', 'CANDIDATE']),
    );
    seeds.push(
      JSON.stringify({ type: 'OPEN' }),
      JSON.stringify({ type: 'LEAVE', src: guest.route }),
      JSON.stringify({ type: 'EXPIRE', src: guest.route, dst: host.route }),
    );

    host.mayEnter = false;
    const before = connections;
    const asked = host.told.length;
    const below = seededNumbers('signals');
    const typeOf = (text: string): unknown => {
      try {
        return (JSON.parse(text) as { type?: unknown } | null)?.type;
      } catch {
        return null;
      }
    };
    for (let sent = 0; sent < 10_000;) {
      const text = hostileText(seeds, below);
      if (endsRegistration.has(typeOf(text))) continue;
      sent += 1;
      deliver(socketOf(host), text);
    }
    expect(errors).toEqual([]);
    expect([connections - before, ...held()]).toEqual([0, 0, 0]);
    // Some are still good offers: the messages do reach the gate.
    expect(host.told.slice(asked).filter(({ type }) => type === 'admit').length).toBeGreaterThan(10);
    await expectHonestGuest();
  });

  it('attack 5: words that end a registration are believed when they are whole, and it is made again', async () => {
    const errors = collectErrors();
    for (const payload of [undefined, null, 5, {}, { msg: null }])
      deliver(socketOf(host), JSON.stringify({ type: 'ERROR', payload }));
    expect(host.told.at(-1)).toEqual({ type: 'signalling', state: 'open' });
    for (const type of endsRegistration) {
      deliver(socketOf(host), JSON.stringify({ type, payload: { msg: 'Go away.' } }));
      await expect.poll(() => host.told.at(-1), patience).toEqual({ type: 'signalling', state: 'open' });
    }
    expect(host.told.filter((told) => told.type === 'signalling' && told.state === 'lost')).toHaveLength(3);
    expect(errors).toEqual([]);
    await expectHonestGuest();
  });

  it('attack 8: a server that says the guest left ends the channel at both ends, and the guest comes back', async () => {
    const { a, b } = await dial(guest, host);
    const closed = [0, 0];
    for (const [index, link] of [a, b].entries()) {
      link.listen({ onFrame() {}, onDrain() {}, onClosed: () => (closed[index] = (closed[index] ?? 0) + 1) });
    }
    deliver(socketOf(host), JSON.stringify({ type: 'LEAVE', src: guest.route }));
    await expect.poll(() => closed, patience).toEqual([1, 1]);
    await expectHonestGuest();
  });
});
