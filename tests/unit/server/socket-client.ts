import { once } from 'node:events';
import { WebSocket } from 'ws';
import { makeServer, type HearthServer } from '../../../src/server/make-server.ts';
import { makeScratchApp } from './scratch-app.ts';

/** A real server on a free port, and sockets to it. */
export interface Bench {
  server: HearthServer;
  port: number;
  /** `from`: another loopback address than the usual one; only Linux has them. */
  open(path: string, headers?: Record<string, string>, from?: string): TestSocket;
  stop(): Promise<void>;
}

export interface TestSocket {
  socket: WebSocket;
  texts: unknown[];
  frames: Buffer[];
  /** The code it was closed with; null while it is open. */
  closed: { code: number | null };
  say(word: unknown): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const app = makeScratchApp();
  const server = makeServer({ appDir: app.appDir, host: 'localhost' });
  const port = await server.listen(0);
  return {
    server,
    port,
    open(path, headers = {}, from) {
      const socket =
        from === undefined
          ? new WebSocket(`ws://localhost:${port}/${path}`, { headers })
          : new WebSocket(`ws://127.0.0.1:${port}/${path}`, { headers, localAddress: from });
      const made: TestSocket = {
        socket,
        texts: [],
        frames: [],
        closed: { code: null },
        async say(word) {
          if (socket.readyState === WebSocket.CONNECTING) await once(socket, 'open');
          socket.send(typeof word === 'string' ? word : JSON.stringify(word));
        },
      };
      socket.on('message', (data, isBinary) => {
        if (isBinary) made.frames.push(data as Buffer);
        else made.texts.push(JSON.parse((data as Buffer).toString()));
      });
      socket.on('close', (code) => (made.closed.code = code));
      // A refused upgrade is told by the close that follows.
      socket.on('error', () => {});
      return made;
    },
    async stop() {
      await server.close();
      app.remove();
    },
  };
}
