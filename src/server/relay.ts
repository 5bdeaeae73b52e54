import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import { makeAddressCaps, type Counted } from './address-caps.ts';

/*
 * The relay: passes frames between two devices that it cannot read. A host holds one socket to hear of callers; each
 * link is a pair of sockets of its own, so that one slow device holds up nobody else.
 */

/** Both need not be secret: who knows a route can call there, and is then asked to prove who they are. */
const routePattern = /^[a-z2-7]{26}$/;

const firstWordMs = 5_000;
const takeMs = 10_000;
const pingMs = 15_000;
const maxFrameBytes = 16 * 1024;
/** Bytes waiting for a slow receiver before its sender is paused. */
const fullBytes = 512 * 1024;
/** Calls that nobody has taken yet. A host opens a socket for each: all of them must be less than what one address may have. */
const maxWaiting = { caller: 8, host: 32 };

export const closeCodes = { bad: 4400, nobody: 4404, slow: 4408, replaced: 4409, tooMany: 4429 } as const;

const token = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));
const hostWord = v.strictObject({ type: v.literal('host'), token });
const pairingWord = v.strictObject({ type: v.literal('pairing'), isOpen: v.boolean() });
const linkWord = v.variant('type', [
  v.strictObject({ type: v.literal('call'), route: v.nullable(v.pipe(v.string(), v.regex(routePattern))) }),
  v.strictObject({ type: v.literal('take'), ticket: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) }),
]);

/** The route that a token owns: the same as `routeOf` in `src/p2p/link/route.ts`. */
export function routeOf(text: string): string {
  const digest = createHash('sha256').update(`hearth-route ${text}`).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 17)) bits = (bits << 8n) | BigInt(byte);
  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  let route = '';
  for (let index = 0; index < 26; index += 1) {
    route += letters.charAt(Number((bits >> BigInt(17 * 8 - 5 * (index + 1))) & 31n));
  }
  return route;
}

function readWord<S extends v.GenericSchema>(
  schema: S,
  data: RawData,
  isBinary: boolean,
): v.InferOutput<S> | null {
  if (isBinary) return null;
  try {
    // `ws` gives one Buffer unless it is asked for something else.
    const parsed = v.safeParse(schema, JSON.parse((data as Buffer).toString('utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

interface Call {
  caller: WebSocket;
  /** It waits no longer. */
  end(): void;
}

interface RelayedHost {
  socket: WebSocket;
  route: string;
  /** Calls that it has not taken yet. */
  waiting: number;
  /** When it opened its pairing; null while it is closed. */
  pairingSince: number | null;
}

export interface Relay {
  /** Takes a WebSocket at `relay/host` or `relay/link`, after all checks of its address and origin. */
  upgrade(kind: 'host' | 'link', request: IncomingMessage, duplex: Duplex, head: Buffer): void;
  close(): void;
}

export function makeRelay(): Relay {
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
  const hosts = new Map<string, RelayedHost>();
  const calls = new Map<string, Call>();
  /** How many of them are of one address. */
  const waiting = new Map<string, number>();
  const caps = makeAddressCaps({ sockets: 64, perMinute: 600, total: 1_000 });
  let pairings = 0;

  const alive = new WeakSet<WebSocket>();
  const beat = setInterval(() => {
    for (const socket of server.clients) {
      if (!alive.has(socket)) socket.terminate();
      alive.delete(socket);
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }, pingMs);
  beat.unref();

  /** The first message within its time, or the end. */
  function onFirstWord<S extends v.GenericSchema>(
    socket: WebSocket,
    schema: S,
    then: (word: v.InferOutput<S>) => void,
  ): void {
    const timer = setTimeout(() => socket.close(closeCodes.slow), firstWordMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once('message', (data, isBinary) => {
      clearTimeout(timer);
      const word = readWord(schema, data, isBinary);
      if (word === null) socket.close(closeCodes.bad);
      else then(word);
    });
  }

  function serveHost(socket: WebSocket): void {
    onFirstWord(socket, hostWord, (word) => {
      const route = routeOf(word.token);
      hosts.get(route)?.socket.close(closeCodes.replaced);
      const host: RelayedHost = { socket, route, waiting: 0, pairingSince: null };
      hosts.set(route, host);
      socket.once('close', () => {
        if (hosts.get(route) === host) hosts.delete(route);
      });
      let words = 0;
      socket.on('message', (data, isBinary) => {
        const news = readWord(pairingWord, data, isBinary);
        words += 1;
        // Far more than a person can press a button.
        if (news === null || words > 10_000) return socket.close(closeCodes.bad);
        pairings += 1;
        host.pairingSince = news.isOpen ? pairings : null;
      });
      socket.send(JSON.stringify({ type: 'at', route }));
    });
  }

  function hostFor(route: string | null): RelayedHost | undefined {
    if (route !== null) return hosts.get(route);
    const pairing = [...hosts.values()].filter(({ pairingSince }) => pairingSince !== null);
    return pairing.toSorted((a, b) => (b.pairingSince ?? 0) - (a.pairingSince ?? 0))[0];
  }

  function serveLink(socket: WebSocket, address: string, counted: Counted): void {
    onFirstWord(socket, linkWord, (word) => {
      if (word.type === 'call') call(socket, word.route, address);
      else take(socket, word.ticket, counted);
    });
  }

  function call(socket: WebSocket, route: string | null, address: string): void {
    const host = hostFor(route);
    if (host === undefined) return socket.close(closeCodes.nobody);
    const own = waiting.get(address) ?? 0;
    if (own >= maxWaiting.caller || host.waiting >= maxWaiting.host) return socket.close(closeCodes.tooMany);
    waiting.set(address, own + 1);
    host.waiting += 1;
    const ticket = randomBytes(16).toString('hex');
    // Nobody is there yet to whom it could be passed on.
    const tooEarly = () => socket.close(closeCodes.bad);
    socket.once('message', tooEarly);
    // Also for a caller that hangs up: the host is on its way, and nobody calls it faster than it comes.
    const end = (): void => {
      clearTimeout(timer);
      calls.delete(ticket);
      socket.off('message', tooEarly);
      host.waiting -= 1;
      const left = (waiting.get(address) ?? 0) - 1;
      if (left > 0) waiting.set(address, left);
      else waiting.delete(address);
    };
    const timer = setTimeout(() => {
      end();
      socket.close(closeCodes.slow);
    }, takeMs);
    timer.unref();
    calls.set(ticket, { caller: socket, end });
    host.socket.send(JSON.stringify({ type: 'caller', ticket }));
  }

  function take(socket: WebSocket, ticket: string, counted: Counted): void {
    const waited = calls.get(ticket);
    if (waited === undefined) return socket.close(closeCodes.nobody);
    // The caller made the host open this socket, and counts for both.
    counted.excuse();
    waited.end();
    const { caller } = waited;
    if (caller.readyState !== WebSocket.OPEN) return socket.close(closeCodes.nobody);
    splice(caller, socket);
    splice(socket, caller);
    for (const end of [caller, socket]) end.send(JSON.stringify({ type: 'open' }));
  }

  server.on('connection', (socket: WebSocket) => {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // What a hostile frame does wrong closes its socket; without a listener it would end the process.
    socket.on('error', () => socket.terminate());
  });

  return {
    upgrade(kind, request, duplex, head) {
      server.handleUpgrade(request, duplex, head, (socket) => {
        server.emit('connection', socket, request);
        const address = request.socket.remoteAddress ?? '';
        const counted = caps.take(address, socket);
        if (counted === null) return socket.close(closeCodes.tooMany);
        if (kind === 'host') serveHost(socket);
        else serveLink(socket, address, counted);
      });
    },
    close() {
      clearInterval(beat);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}

/** Passes on what comes, at the pace of the one who receives it. */
function splice(from: WebSocket, to: WebSocket): void {
  from.on('message', (data, isBinary) => {
    if (!isBinary || (data as Buffer).length === 0) {
      from.close(closeCodes.bad);
      to.close(closeCodes.bad);
      return;
    }
    if (to.readyState !== WebSocket.OPEN) return;
    to.send(data, { binary: true }, () => {
      if (from.isPaused && to.bufferedAmount < fullBytes / 2) from.resume();
    });
    if (to.bufferedAmount > fullBytes) from.pause();
  });
  from.once('close', () => {
    // Paused, it would never read the other end's goodbye.
    to.resume();
    to.close();
  });
}
