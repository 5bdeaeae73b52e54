import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
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
  /** Whether a request is for the door and needs a key: then it may call this server by whatever name. */
  asksForKey(request: IncomingMessage): boolean;
  /** False when the address is none of the door's. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

const expectedMs = 90_000;
const patienceMs = 600_000;

function isForDoor(request: IncomingMessage): boolean {
  const path = (request.url ?? '/').replace(/[?#].*$/s, '');
  return path === '/v1' || path.startsWith('/v1/') || path === '/metrics';
}

/** A rebuild under a running server takes away the files that it has not read yet. */
function refuseUnloaded(response: ServerResponse): void {
  const { status, view } = new ApiError(503, 'The API could not be loaded. Start the server again.', {
    code: 'server_changed',
  });
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(view));
}

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
    asksForKey: (request) => settings.apiKeys.length > 0 && isForDoor(request),
    take(request, response) {
      if (!isForDoor(request)) return false;
      app ??= load();
      app.then(
        (loaded) => loaded.handle(request, response),
        () => {
          app = null;
          refuseUnloaded(response);
        },
      );
      return true;
    },
    close() {
      engines.close();
      app?.then(
        (loaded) => loaded.close(),
        () => {
          // What was never loaded has nothing open.
        },
      );
    },
  };
}
