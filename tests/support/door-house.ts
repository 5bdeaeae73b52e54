import 'fake-indexeddb/auto';
import { WebSocket } from 'ws';
import { defaultDoor, type DoorSettings } from '../../src/server/door/settings.ts';
import { makeServer } from '../../src/server/make-server.ts';
import { newId } from '../../src/shared/ids.ts';
import type { Core } from '../../src/worker/core.ts';
import type { Engine } from '../../src/worker/engines/engine.ts';
import { makeScratchApp } from '../unit/server/scratch-app.ts';
import { FakeChannels } from './fake-channels.ts';
import { FakeLocks } from './fake-locks.ts';
import { makeTestCore, testModel } from './make-test-core.ts';

/** The name of the scripted model. */
export const doorModel = testModel.id;

export interface DoorHouseOptions {
  /** Null: no core comes to the door. */
  engine: Engine | null;
  door?: Partial<DoorSettings>;
  ownAddresses?: () => readonly string[];
}

/** A real server, and at its door a real core with a scripted engine. */
export interface DoorHouse {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly core: Core | null;
  locks: FakeLocks;
  /** One request, as a program sends it; the standard model and one message where nothing else is said. */
  post(
    body: object,
    init?: { headers?: Record<string, string>; path?: string; signal?: AbortSignal },
  ): Promise<Response>;
  /** The core goes away as with its browser. */
  killCore(): void;
  close(): Promise<void>;
}

export const hello = { model: doorModel, messages: [{ role: 'user', content: 'Hi' }] };

export async function openDoorHouse({ engine, door, ownAddresses }: DoorHouseOptions): Promise<DoorHouse> {
  const app = makeScratchApp();
  const server = makeServer({
    appDir: app.appDir,
    host: 'localhost',
    door: { ...defaultDoor, ...door },
    ...(ownAddresses && { ownAddresses }),
  });
  const port = await server.listen(0);
  const url = `http://localhost:${port}`;
  const locks = new FakeLocks();
  const sockets: WebSocket[] = [];
  const made = engine
    ? makeTestCore({
        engine,
        locks,
        channels: new FakeChannels(),
        database: newId(),
        network: {
          appBase: new URL(`${url}/`),
          fetch,
          openSocket(address) {
            // A browser names the page's origin by itself.
            const socket = new WebSocket(address, { origin: url });
            sockets.push(socket);
            // What goes wrong is told by the close that follows.
            socket.on('error', () => {});
            return socket as unknown as globalThis.WebSocket;
          },
        },
      })
    : null;
  await made?.core.ready();
  const [key] = door?.apiKeys ?? [];
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  while (made) {
    const models = (await (await fetch(`${url}/v1/models`, { headers: authorization })).json()) as {
      data?: unknown[];
    };
    if ((models.data ?? []).length > 0) break;
  }
  return {
    url,
    port,
    core: made?.core ?? null,
    locks,
    post: (body, { headers = {}, path = '/v1/chat/completions', signal } = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
        body: JSON.stringify({
          ...(path === '/v1/chat/completions' ? hello : { model: doorModel, prompt: 'Hi' }),
          ...body,
        }),
        ...(signal && { signal }),
      }),
    killCore() {
      made?.die();
      for (const socket of sockets) socket.terminate();
    },
    async close() {
      made?.die();
      await server.close();
      app.remove();
    },
  };
}
