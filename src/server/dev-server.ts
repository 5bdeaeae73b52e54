import type { Plugin } from 'vite';
import { ownAddresses } from './addresses.ts';
import { makeDoor, type Door } from './door/door.ts';
import { defaultDoor } from './door/settings.ts';
import { makeProxy } from './proxy.ts';
import { serverInfo } from './server-info.ts';
import { makeUpgrades, type Upgrades } from './upgrades.ts';

/** Vite says `true` for every address, and nothing at all for the loopback one. */
const hostOf = (host: string | boolean | undefined): string =>
  host === true ? '0.0.0.0' : host || 'localhost';

/**
 * What `npm start` serves besides the app, in Vite's development server: relay, signalling, proxy, door and `server.json`. Vite's own
 * WebSocket, for hot reload, goes by another path and stays its own.
 */
export function devServer(): Plugin {
  let upgrades: Upgrades | null = null;
  let door: Door | null = null;
  return {
    name: 'hearth-dev-server',
    configureServer({ middlewares, httpServer, config }) {
      const host = hostOf(config.server.host);
      const opened = makeDoor({ settings: defaultDoor, expectsEngine: false, ownAddresses });
      door = opened;
      const made = makeUpgrades({ host, ownAddresses, engines: opened.engines });
      upgrades = made;
      middlewares.use('/server.json', (request, response) =>
        serverInfo(request, response, { host, port: config.server.port, own: ownAddresses() }),
      );
      const proxy = makeProxy();
      middlewares.use((request, response, next) => {
        // Vite has looked at the name already.
        if (!proxy(request, response) && !opened.take(request, response, true)) next();
      });
      httpServer?.on('upgrade', (request, socket, head) => void made.take(request, socket, head));
    },
    // With the server, which waits for its sockets.
    closeBundle() {
      door?.close();
      return upgrades?.close();
    },
  };
}
