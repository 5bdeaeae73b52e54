import { once } from 'node:events';
import { createServer, request as sendOn, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

export interface SeenFrame {
  /** Of the WebSocket: `/relay/host`, `/relay/link` or `/signal/peerjs`. */
  path: string;
  /** `up`: from a browser to the server. */
  way: 'up' | 'down';
  data: Buffer;
  isBinary: boolean;
}

/**
 * Our own server in the hands of an attacker: pages are passed on as they are, WebSockets end here, so that every frame
 * is seen as it was sent and can be changed.
 */
export interface HostileServer {
  /** With a slash at its end. */
  url: string;
  readonly seen: SeenFrame[];
  /** First lines and headers of all HTTP requests, WebSockets' included. */
  readonly requests: string[];
  /** What goes on instead of a frame. */
  change(frame: SeenFrame): Buffer[];
  stop(): Promise<void>;
}

/** Codes that `close` may not be given. */
const reserved = new Set([1004, 1005, 1006, 1015]);

export async function startHostileServer(realUrl: string): Promise<HostileServer> {
  const real = new URL(realUrl);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const record = ({ method, url, rawHeaders }: IncomingMessage): void =>
    void hostile.requests.push([method, url, ...rawHeaders].join(' '));

  const server = createServer((request, response) => {
    record(request);
    const { method, url, headers } = request;
    const onward = sendOn(
      { hostname: real.hostname, port: real.port, method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });

  function passOn(from: WebSocket, to: WebSocket, path: string, way: SeenFrame['way']): void {
    from.on('message', (data, isBinary) => {
      const frame: SeenFrame = { path, way, data: data as Buffer, isBinary };
      hostile.seen.push(frame);
      for (const next of hostile.change(frame)) to.send(next, { binary: isBinary });
    });
    from.on('close', (code) => (reserved.has(code) ? to.close() : to.close(code)));
    from.on('error', () => to.terminate());
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    record(request);
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    const { host = '', origin = '' } = request.headers;
    const onward = new WebSocket(`ws://${real.host}${request.url}`, {
      headers: { host, origin },
      perMessageDeflate: false,
    });
    onward.on('error', () => socket.destroy());
    onward.once('open', () => {
      sockets.handleUpgrade(request, socket, head, (browser) => {
        passOn(browser, onward, path, 'up');
        passOn(onward, browser, path, 'down');
      });
    });
  });

  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const hostile: HostileServer = {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    seen: [],
    requests: [],
    change: ({ data }) => [data],
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return hostile;
}
