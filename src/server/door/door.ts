import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DoorApp } from './door-app.ts';
import { makeEngines, type Engines } from './engines.ts';
import type { DoorSettings } from './settings.ts';

export interface DoorOptions {
  settings: DoorSettings;
  /** An engine is on its way whenever none is there. */
  expectsEngine: boolean;
  ownAddresses(): readonly string[];
}

export interface Door {
  readonly engines: Engines;
  /** False when the address is none of the door's. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

const expectedMs = 90_000;
const patienceMs = 600_000;

export function makeDoor({ settings, expectsEngine, ownAddresses }: DoorOptions): Door {
  const engines = makeEngines({
    model: settings.model,
    waitMs: expectsEngine ? expectedMs : 0,
    patienceMs,
  });
  let app: Promise<DoorApp> | null = null;
  /** Loaded with the first request: a server that only sends the app never does. */
  const load = async (): Promise<DoorApp> =>
    (await import('./door-app.ts')).makeDoorApp({ ...settings, engines, ownAddresses });

  return {
    engines,
    take(request, response) {
      const path = (request.url ?? '/').replace(/[?#].*$/s, '');
      if (path !== '/v1' && !path.startsWith('/v1/') && path !== '/metrics') return false;
      app ??= load();
      void app.then((loaded) => loaded.handle(request, response));
      return true;
    },
    close() {
      engines.close();
      void app?.then((loaded) => loaded.close());
    },
  };
}
