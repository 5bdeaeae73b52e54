import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { openDataChannels } from '../../../src/p2p/link/peerjs-link.ts';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import type { FromGateway } from '../../../src/shared/gateway.ts';

/*
 * What the gate counts, with as much of PeerJS as it calls: connections that stay as the test leaves them. All else of
 * the gate is tested in a real browser: `browser/links/gate.test.ts`.
 */

const peerjs = vi.hoisted(() => ({
  receive: null as ((message: object) => void) | null,
  connections: [] as EventEmitter[],
}));
vi.mock('peerjs', () => ({
  Peer: class extends EventEmitter {
    constructor() {
      super();
      // What the gate puts in the place of this method stands there by the time of the first message.
      peerjs.receive = (message) =>
        (this as { _handleMessage(message: object): void })._handleMessage(message);
    }
    getConnection = (): null => null;
    destroy(): void {}
    _handleMessage(): void {
      const connection = Object.assign(new EventEmitter(), { close() {} });
      peerjs.connections.push(connection);
      this.emit('connection', connection);
    }
  },
}));

const told: FromGateway[] = [];
const admissions = (): number[] => told.flatMap((word) => (word.type === 'admit' ? [word.call] : []));

beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  peerjs.connections.length = 0;
  onTestFinished(() => void vi.useRealTimers());
});

function openGate() {
  const channels = openDataChannels((message) => told.push(message));
  const signalling = { type: 'other', url: 'http://localhost/' } as const;
  channels.start({ type: 'start', signalling, token: makeRouteToken(), isListening: true });
  onTestFinished(() => channels.stop());
  const offer = (): void =>
    peerjs.receive?.({
      type: 'OFFER',
      src: routeOf(makeRouteToken()),
      payload: {
        type: 'data',
        serialization: 'raw',
        reliable: true,
        connectionId: 'dc_1',
        sdp: { type: 'offer', sdp: 'v=0' },
      },
    });
  return { channels, offer };
}

it('attack 2: offers of a paired device that it never opens are few at once, and others come in after them', () => {
  const { channels, offer } = openGate();
  for (let index = 0; index < 100; index += 1) {
    offer();
    for (const call of admissions()) channels.admitted({ type: 'admitted', call, isAdmitted: true });
  }
  expect(peerjs.connections).toHaveLength(8);
  expect(admissions()).toHaveLength(8);
  // One that fails makes room at once, the others when their time is over.
  peerjs.connections[0]?.emit('error', new Error('No way.'));
  offer();
  expect(admissions()).toHaveLength(9);
  offer();
  expect(admissions()).toHaveLength(9);
  vi.advanceTimersByTime(8_000);
  offer();
  expect(admissions()).toHaveLength(10);
});
