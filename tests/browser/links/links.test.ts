import { afterAll, beforeAll, vi } from 'vitest';
import { openRelayPair } from '../../support/relay-pair.ts';
import { runLinkTests } from '../../support/run-link-tests.ts';
import { dial, openGateway, type TestGateway } from './gateway-pair.ts';

let guest: TestGateway;
let host: TestGateway;
const createDataChannel = vi.spyOn(RTCPeerConnection.prototype, 'createDataChannel');

beforeAll(async () => {
  [guest, host] = await Promise.all([openGateway(false), openGateway(true)]);
});
afterAll(() => {
  guest.channels.stop();
  host.channels.stop();
});

runLinkTests('a data channel', async () => {
  const { a, b } = await dial(guest, host);
  const dialled = createDataChannel.mock.results.at(-1)?.value as RTCDataChannel;
  return {
    a,
    b,
    cut: () => dialled.close(),
    dispose() {
      a.close();
      b.close();
    },
  };
});

runLinkTests('the relay, from a browser', async () => {
  const sockets: WebSocket[] = [];
  const { a, b, leave } = await openRelayPair(new URL(`${location.origin}/`), (url) => {
    const socket = new WebSocket(url);
    sockets.push(socket);
    return socket;
  });
  return {
    a,
    b,
    cut: () => sockets.at(-1)?.close(),
    dispose() {
      leave();
      for (const socket of sockets) socket.close();
    },
  };
});
