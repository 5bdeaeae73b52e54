import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeProxy, type ProxyOptions } from '../../src/server/proxy.ts';

/** The local server's proxy on a real socket, and a `fetch` that asks as a page of it does. */
export interface OwnServer {
  readonly appBase: URL;
  readonly fetch: typeof fetch;
  /** Every secret of the proxy is void from here on, as after a start anew. */
  restart(): void;
  close(): Promise<void>;
}

export async function startOwnServer(options: ProxyOptions = {}): Promise<OwnServer> {
  let proxy = makeProxy(options);
  const server: Server = createServer((request, response) => {
    if (!proxy(request, response)) response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const appBase = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    appBase,
    // A browser adds the origin by itself; Node does not.
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...(init?.headers as object), origin: appBase.origin } }),
    restart() {
      proxy = makeProxy(options);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
