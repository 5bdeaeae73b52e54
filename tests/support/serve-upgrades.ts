import type { Plugin } from 'vite';
import { makeUpgrades, type Upgrades } from '../../src/server/upgrades.ts';

/** Relay and signalling beside the pages of the browser tests, by the server's own code and with its limits. */
export function serveUpgrades(): Plugin {
  let upgrades: Upgrades | null = null;
  return {
    name: 'hearth-upgrades',
    configureServer({ httpServer }) {
      const made = makeUpgrades({ host: 'localhost', ownAddresses: () => [] });
      upgrades = made;
      httpServer?.on('upgrade', (request, socket, head) => void made.take(request, socket, head));
    },
    // With the server, which waits for its sockets.
    closeBundle: () => upgrades?.close(),
  };
}
