import { doorPath, fromServer, readDoorMessage, type FromCore, type FromServer } from '../../shared/door.ts';
import type { Clock } from '../clock.ts';

const retryMs = 500;
const longestRetryMs = 15_000;

export interface DoorSocketOptions {
  /** The folder that the app is served from; the door lies beside it. */
  base: URL;
  clock: Clock;
  openSocket(url: string): WebSocket;
  onOpen(): void;
  onMessage(message: FromServer): void;
  /** The server is gone, and with it all that it asked. */
  onLost(): void;
}

/** The core's one connection to the door of its server, opened again for as long as it is wanted. */
export interface DoorSocket {
  want(isWanted: boolean): void;
  /** Nothing happens without a connection: who asked is gone. */
  send(message: FromCore): void;
}

export function makeDoorSocket(options: DoorSocketOptions): DoorSocket {
  const { clock } = options;
  let socket: WebSocket | null = null;
  let isWanted = false;
  let wait = retryMs;
  let stopTimer = (): void => {};

  function connect(): void {
    stopTimer();
    const url = new URL(doorPath, options.base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const current = options.openSocket(url.href);
    socket = current;
    current.addEventListener('open', () => {
      if (socket === current) options.onOpen();
    });
    current.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (socket !== current) return;
      const message = readDoorMessage(fromServer, data);
      // Not our server's words: it is of another version, or none.
      if (message === null) return current.close();
      wait = retryMs;
      options.onMessage(message);
    });
    current.addEventListener('close', () => {
      if (socket !== current) return;
      socket = null;
      options.onLost();
      if (!isWanted) return;
      stopTimer = clock.after(wait, connect);
      wait = Math.min(wait * 2, longestRetryMs);
    });
  }

  return {
    want(next) {
      if (isWanted === next) return;
      isWanted = next;
      if (isWanted) return connect();
      stopTimer();
      socket?.close();
    },
    send(message) {
      if (socket?.readyState === 1) socket.send(JSON.stringify(message));
    },
  };
}
