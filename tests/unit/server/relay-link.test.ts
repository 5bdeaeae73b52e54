import { WebSocket as NodeWebSocket } from 'ws';
import { openRelayPair } from '../../support/relay-pair.ts';
import { runLinkTests } from '../../support/run-link-tests.ts';
import { startBench } from './socket-client.ts';

/** A browser's WebSocket as far as a link uses it. */
const openSocket = (url: string): WebSocket => new NodeWebSocket(url) as unknown as WebSocket;

runLinkTests('the relay', async () => {
  const bench = await startBench();
  const { a, b, leave } = await openRelayPair(new URL(`http://localhost:${bench.port}/`), openSocket);
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    leave();
    await bench.stop();
  };
  return { a, b, cut: stop, dispose: stop };
});
