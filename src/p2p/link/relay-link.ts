import * as v from 'valibot';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../session/clock.ts';
import { makeInbox } from './inbox.ts';
import { assertFrameSize, relayFingerprints, type Link } from './link.ts';
import { routePattern } from './route.ts';

/*
 * A link through the server: one WebSocket for each link, beside one for a host to hear of callers.
 * Text messages are the server's, binary ones are frames, which it passes on unread.
 */

export interface RelayOptions {
  /** The folder that the app is served from; the relay lies beside it. */
  base: URL;
  clock: Clock;
  openSocket(url: string): WebSocket;
}

/** The server's words for why it closes a socket. */
const closeSentences: Readonly<Record<number, string>> = {
  4404: 'Nobody answers there.',
  4408: 'The other device did not answer in time.',
  4429: 'The server has too many connections just now.',
};

const OPEN_MS = 8_000;
/** Bytes that may wait in a socket before frames are refused. */
const FULL_BYTES = 256 * 1024;
/** How often a full socket is looked at: WebSockets have no event for it. */
const DRAIN_MS = 20;

const fromServer = v.variant('type', [
  v.object({ type: v.literal('open') }),
  v.object({ type: v.literal('at'), route: v.pipe(v.string(), v.regex(routePattern)) }),
  v.object({ type: v.literal('caller'), ticket: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) }),
]);

function readServer(data: unknown): v.InferOutput<typeof fromServer> | null {
  if (typeof data !== 'string' || data.length > 300) return null;
  try {
    const parsed = v.safeParse(fromServer, JSON.parse(data), { abortEarly: true });
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

function socketAt({ base, openSocket }: RelayOptions, path: string): WebSocket {
  const url = new URL(path, base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = openSocket(url.href);
  socket.binaryType = 'arraybuffer';
  return socket;
}

/** An open, spliced socket as a link. */
function linkOf(socket: WebSocket, clock: Clock): Link {
  const inbox = makeInbox({ shut: () => socket.close() });
  let isWatchingDrain = false;

  const watchDrain = (): void => {
    clock.after(DRAIN_MS, () => {
      if (inbox.isOver) return;
      if (socket.bufferedAmount > FULL_BYTES / 2) return watchDrain();
      isWatchingDrain = false;
      inbox.drained();
    });
  };

  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) inbox.arrive(new Uint8Array(data));
  });
  socket.addEventListener('close', inbox.end);

  return {
    fingerprints: relayFingerprints(),
    listen: inbox.listen,
    send(frame) {
      assertFrameSize(frame);
      if (inbox.isOver || socket.readyState !== socket.OPEN) return false;
      if (socket.bufferedAmount > FULL_BYTES) {
        if (!isWatchingDrain) {
          isWatchingDrain = true;
          watchDrain();
        }
        return false;
      }
      socket.send(frame as Uint8Array<ArrayBuffer>);
      return true;
    },
    close: inbox.close,
  };
}

/** Says the first word on a new socket and waits until the server has spliced it with the other end's. */
function openLink(options: RelayOptions, first: object, signal?: AbortSignal): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = socketAt(options, 'relay/link');
    const fail = (message: string, cause?: unknown): void => {
      finish();
      socket.close();
      reject(new AppError('link-failed', message, { cause }));
    };
    const onAbort = (): void => fail('The attempt was given up.', signal?.reason);
    const stopTimer = options.clock.after(OPEN_MS, () => fail('The other device did not answer in time.'));
    const finish = (): void => {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      socket.removeEventListener('open', onOpen);
      socket.removeEventListener('close', onClose);
      socket.removeEventListener('message', onMessage);
    };
    const onOpen = (): void => socket.send(JSON.stringify(first));
    const onClose = ({ code }: CloseEvent): void =>
      fail(closeSentences[code] ?? 'The server cannot be reached.', code);
    const onMessage = ({ data }: MessageEvent<unknown>): void => {
      if (readServer(data)?.type !== 'open') return;
      finish();
      resolve(linkOf(socket, options.clock));
    };
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    socket.addEventListener('message', onMessage);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
}

/**
 * Calls the host at this route; null: whoever pairs at this server just now. Rejects with an `AppError`, `link-failed`,
 * whose cause is the server's close code, 1006 when there is no server.
 */
export const callRelay = (options: RelayOptions, route: string | null, signal: AbortSignal): Promise<Link> =>
  openLink(options, { type: 'call', route }, signal);

export interface RelayHost {
  /** Whether callers without a route, who have a typed code, may be sent here. */
  setPairing(isOpen: boolean): void;
  /** Tries now what waits for its next attempt. */
  retryNow(): void;
  close(): void;
}

export interface ServeOptions extends RelayOptions {
  /** Owns the route. */
  token: string;
  onLink(link: Link): void;
  onState(state: 'connecting' | 'online' | 'offline'): void;
}

const RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** Keeps this host known to the relay, for as long as it lives, and takes the calls. */
export function serveAtRelay(options: ServeOptions): RelayHost {
  const { clock } = options;
  let socket: WebSocket | null = null;
  let isOnline = false;
  let isPairing = false;
  let isClosed = false;
  let wait = RETRY_MS;
  let stopTimer = (): void => {};

  const tellPairing = (): void => {
    if (isOnline) socket?.send(JSON.stringify({ type: 'pairing', isOpen: isPairing }));
  };

  const connect = (): void => {
    stopTimer();
    options.onState('connecting');
    const current = socketAt(options, 'relay/host');
    socket = current;
    current.addEventListener('open', () => {
      if (socket === current) current.send(JSON.stringify({ type: 'host', token: options.token }));
    });
    current.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (socket !== current) return;
      const message = readServer(data);
      if (message?.type === 'at') {
        isOnline = true;
        wait = RETRY_MS;
        options.onState('online');
        tellPairing();
      } else if (message?.type === 'caller') {
        // A caller that hangs up at once is no news.
        openLink(options, { type: 'take', ticket: message.ticket }).then(options.onLink, () => {});
      }
    });
    current.addEventListener('close', () => {
      if (socket !== current) return;
      socket = null;
      isOnline = false;
      if (isClosed) return;
      options.onState('offline');
      stopTimer = clock.after(wait, connect);
      wait = Math.min(wait * 2, LONGEST_RETRY_MS);
    });
  };

  connect();
  return {
    setPairing(isOpen) {
      if (isPairing === isOpen) return;
      isPairing = isOpen;
      tellPairing();
    },
    retryNow() {
      if (socket === null && !isClosed) connect();
    },
    close() {
      isClosed = true;
      stopTimer();
      socket?.close();
    },
  };
}
