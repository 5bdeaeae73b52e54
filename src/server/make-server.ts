import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeDoor } from './door/door.ts';
import { defaultDoor, type DoorSettings } from './door/settings.ts';
import { isAllowedHost } from './allowed-host.ts';
import { listenAddresses, ownAddresses } from './addresses.ts';
import type { Certificate } from './certificate.ts';
import { makeProxy } from './proxy.ts';
import { refuse } from './refuse.ts';
import { securityHeaders } from './security-headers.ts';
import { serveApp } from './serve-app.ts';
import { serverInfo } from './server-info.ts';
import { makeUpgrades, refuseUpgrade } from './upgrades.ts';

export interface ServerOptions {
  /** Folder of a built app. */
  appDir: string;
  /** A person's own models, served under `/models/`. */
  modelsDir?: string;
  /** Name or address to listen on. */
  host: string;
  /** This machine's addresses now; they change with the network. */
  ownAddresses?: () => readonly string[];
  /** The OpenAI-compatible door. */
  door?: DoorSettings;
  /** An engine of our own is on its way whenever none is connected. */
  expectsEngine?: boolean;
}

export interface HearthServer {
  /** Whether a browser's core is connected that may answer at the door. */
  readonly hasEngine: boolean;
  /** Starts listening; 0 takes a free port. Resolves with the port, rejects with Node's error. */
  listen(port: number): Promise<number>;
  /** Serves the same at another port over TLS. */
  listenSecurely(port: number, certificate: Certificate): Promise<number>;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Milliseconds. Downloads of models may be long, so there is a limit on silence and none on length. */
const limits = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 };
const longestSilence = 120_000;

async function listenOn(server: Server, port: number, address: string): Promise<number> {
  server.listen(port, address);
  // Rejects when 'error' comes first.
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

export function makeServer(options: ServerOptions): HearthServer {
  const answer = serveApp(options.appDir, options.modelsDir ?? null);
  const own = options.ownAddresses ?? ownAddresses;
  const proxy = makeProxy();
  const servers: Server[] = [];
  let plainPort = 0;
  const door = makeDoor({
    settings: options.door ?? defaultDoor,
    expectsEngine: options.expectsEngine ?? false,
    ownAddresses: own,
  });
  const upgrades = makeUpgrades({ host: options.host, ownAddresses: own, engines: door.engines });

  function handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const isOurName = isAllowedHost(request.headers.host, options.host, own);
    if (door.take(request, response, isOurName)) return;
    if (!isOurName) {
      return refuse(
        response,
        421,
        'This server does not go by that name. Open it by the address it printed.',
      );
    }
    if (proxy(request, response)) return;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return refuse(response, 405, 'This server only answers GET and HEAD.');
    }
    if (/^\/server\.json(?:\?|$)/.test(request.url ?? ''))
      return serverInfo(request, response, { host: options.host, port: plainPort, own: own() });
    answer(request, response);
  }

  function openServer(certificate?: Certificate): Server {
    const server = certificate
      ? createSecureServer({ ...limits, ...certificate }, handle)
      : createServer(limits, handle);
    server.setTimeout(longestSilence);
    server.on('upgrade', (request, socket, head) => {
      if (!upgrades.take(request, socket, head)) refuseUpgrade(socket, 404);
    });
    servers.push(server);
    return server;
  }

  async function close(): Promise<void> {
    upgrades.close();
    door.close();
    const ends = servers.splice(0).map(async (server) => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    });
    await Promise.all(ends);
  }

  async function listen(port: number, certificate?: Certificate): Promise<number> {
    const [first, ...others] = listenAddresses(options.host);
    try {
      const main = openServer(certificate);
      const taken = await listenOn(main, port, first);
      // A name may be that of a loopback address.
      const own = (main.address() as AddressInfo).address;
      for (const other of others.filter((address) => address !== own)) {
        await listenOn(openServer(certificate), taken, other).catch((error: unknown) => {
          // A machine without IPv6 has no second loopback address.
          if (!isCode(error, 'EADDRNOTAVAIL', 'EAFNOSUPPORT')) throw error;
        });
      }
      return taken;
    } catch (error) {
      await close();
      throw error;
    }
  }

  return {
    get hasEngine() {
      return door.engines.counts.engines > 0;
    },
    async listen(port) {
      plainPort = await listen(port);
      return plainPort;
    },
    listenSecurely: listen,
    close,
  };
}
