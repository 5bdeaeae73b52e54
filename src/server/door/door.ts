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
  /** False when the address is none of the door's. `isOurName`: whether the request calls this server by a name of its own. */
  take(request: IncomingMessage, response: ServerResponse, isOurName: boolean): boolean;
  close(): void;
}

const expectedMs = 90_000;
const patienceMs = 600_000;

function isForDoor(request: IncomingMessage): boolean {
  const path = (request.url ?? '/').replace(/[?#].*$/s, '');
  return path === '/v1' || path.startsWith('/v1/') || path === '/metrics';
}

function refuse(response: ServerResponse, { status, view }: ApiError): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(view));
}

/** A rebuild under a running server takes away the files that it has not read yet. */
const unloaded = new ApiError(503, 'The API could not be loaded. Start the server again.', {
  code: 'server_changed',
});

const wrongName = new ApiError(
  421,
  'This server does not go by that name. Started with --api-keys, it lets programs call it by any.',
  { code: 'wrong_host' },
);

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
    take(request, response, isOurName) {
      if (!isForDoor(request)) return false;
      // With a key any name will do: a container calls its host `host.docker.internal`, and a page that was rebound has none.
      if (!isOurName && settings.apiKeys.length === 0) {
        refuse(response, wrongName);
        return true;
      }
      app ??= load();
      app.then(
        (loaded) => loaded.handle(request, response),
        () => {
          app = null;
          refuse(response, unloaded);
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
