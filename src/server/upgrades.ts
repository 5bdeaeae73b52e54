import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isAllowedHost } from './allowed-host.ts';
import { makeRelay } from './relay.ts';
import { doorPath } from '../shared/door.ts';
import { isThisMachine } from './addresses.ts';
import type { Engines } from './door/engines.ts';
import type { Signalling } from './signalling.ts';

export interface UpgradeOptions {
  /** Name or address that the server listens on. */
  host: string;
  ownAddresses(): readonly string[];
  engines: Engines;
}

export interface Upgrades {
  /** False when the address is none of ours, and nothing was done. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): void;
}

export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * Browsers let any page open a WebSocket anywhere, and say which page it was: only our own may. A program that is no
 * browser sends no origin; it gets no further than any other stranger would.
 */
function isOwnPage({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).host === headers.host?.toLowerCase();
  } catch {
    return false;
  }
}

/** The WebSockets of the server: relay, signalling, and the engines behind the door. */
export function makeUpgrades(options: UpgradeOptions): Upgrades {
  const relay = makeRelay();
  let signalling: Promise<Signalling> | null = null;
  /** Loaded with the first device that asks for it: a server for one computer never does. */
  const loadSignalling = async (): Promise<Signalling> => (await import('./signalling.ts')).makeSignalling();
  return {
    take(request, socket, head) {
      const path = (request.url ?? '/').replace(/[?#].*$/s, '');
      const isEngine = path === `/${doorPath}`;
      const isOurs =
        isEngine || path === '/relay/host' || path === '/relay/link' || path === '/signal/peerjs';
      if (!isOurs) return false;
      if (!isAllowedHost(request.headers.host, options.host, options.ownAddresses))
        refuseUpgrade(socket, 421);
      else if (!isOwnPage(request)) refuseUpgrade(socket, 403);
      else if (isEngine) {
        // Whoever answers reads what is asked: only the browsers of this machine may, and they say which page it is.
        const isPage = request.headers.origin !== undefined;
        if (!isPage || !isThisMachine(request, options.ownAddresses())) refuseUpgrade(socket, 403);
        else options.engines.upgrade(request, socket, head);
      } else if (path === '/signal/peerjs') {
        signalling ??= loadSignalling();
        // Until it is loaded nobody else listens, and a reset without a listener would end the process.
        socket.on('error', () => socket.destroy());
        signalling.then(
          (loaded) => loaded.upgrade(request, socket, head),
          () => {
            // A rebuild under a running server takes away the files that it has not read yet.
            signalling = null;
            refuseUpgrade(socket, 503);
          },
        );
      } else relay.upgrade(path === '/relay/host' ? 'host' : 'link', request, socket, head);
      return true;
    },
    close() {
      relay.close();
      signalling?.then(
        (loaded) => loaded.close(),
        () => {
          // What was never loaded has nothing open.
        },
      );
    },
  };
}
