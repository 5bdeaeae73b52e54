import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import { ExpressPeerServer } from 'peer';
import * as v from 'valibot';
import { WebSocket, WebSocketServer } from 'ws';
import { makeAddressCaps } from './address-caps.ts';
import { closeCodes, routeOf } from './relay.ts';
import { makeTokenBucket } from './token-bucket.ts';

/*
 * PeerJS signalling: how two browsers tell each other where they are before they connect directly. The package `peer`
 * speaks the protocol; between it and the sockets stands a filter of ours, since it takes anything from anybody.
 */

const maxMessageBytes = 64 * 1024;
const maxUnreadBytes = 1024 * 1024;
/** An offer, an answer and some twenty candidates make a connection. */
const burst = 100;
const perSecond = 20;

const id = v.pipe(v.string(), v.regex(/^[a-z2-7]{26}$/));
const bounded = v.pipe(
  v.looseObject({}),
  v.check((value) => JSON.stringify(value).length <= 32 * 1024),
);
const message = v.variant('type', [
  v.object({ type: v.literal('HEARTBEAT') }),
  v.object({ type: v.picklist(['OFFER', 'ANSWER', 'CANDIDATE']), dst: id, payload: bounded }),
  v.object({ type: v.literal('LEAVE'), dst: v.optional(id) }),
]);
type Message = v.InferOutput<typeof message>;

function readMessage(text: string): Message | null {
  try {
    const parsed = v.safeParse(message, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** A socket as `peer` sees it: it gets only what passed the filter. */
class FilteredSocket extends EventEmitter {
  readonly #socket: WebSocket;
  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }
  send(text: string): void {
    // Who reads nothing would have others fill this machine's memory.
    if (this.#socket.bufferedAmount > maxUnreadBytes) this.#socket.terminate();
    else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }
  close(): void {
    this.#socket.close();
  }
}

interface Client {
  socket: WebSocket;
  facade: FilteredSocket;
  /** Where it comes from, and by which of our addresses it found us. */
  remoteAddress: string;
  localAddress: string;
}

const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

const candidatePayload = v.looseObject({
  candidate: v.looseObject({ candidate: v.pipe(v.string(), v.maxLength(1_000)) }),
});
const hiddenAddress = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local/i;

/**
 * The same candidate with the sender's address in place of its mDNS name; null when it has none. Multicast is often
 * blocked, and a browser then waits for the name without a word; the address is no secret to whom its packets reach.
 */
export function withAddress(payload: unknown, address: string): object | null {
  const parsed = v.safeParse(candidatePayload, payload);
  if (!parsed.success || address === '' || !hiddenAddress.test(parsed.output.candidate.candidate))
    return null;
  const { candidate } = parsed.output;
  return {
    ...parsed.output,
    candidate: { ...candidate, candidate: candidate.candidate.replace(hiddenAddress, address) },
  };
}

export interface Signalling {
  /** Takes a WebSocket at `signal/peerjs`, after all checks of its address and origin. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void;
  close(): void;
}

export function makeSignalling(): Signalling {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  const toPeer = new EventEmitter();
  const clients = new Map<string, Client>();
  const caps = makeAddressCaps({ sockets: 32, perMinute: 120, total: 500 });

  // Only the WebSocket part is used: neither the Express app nor the server that it asks for is ever reached. It is
  // set up when the app is mounted.
  const app = ExpressPeerServer(createServer(), {
    path: '/',
    allow_discovery: false,
    alive_timeout: 15_000,
    createWebSocketServer: () => toPeer as unknown as WebSocketServer,
  });
  express().use(app);
  app.on('error', () => {
    // About one message of one client; the others go on.
  });

  function receive(own: string, client: Client, text: string): void {
    const read = readMessage(text);
    if (read === null) return client.socket.close(closeCodes.bad);
    // `peer` would forget who stays here all the same, and keep what comes for it.
    if (read.type === 'LEAVE' && read.dst === undefined) return client.socket.close();
    if (read.type === 'HEARTBEAT' || read.type === 'LEAVE') {
      client.facade.emit('message', JSON.stringify(read));
      return;
    }
    const other = clients.get(read.dst);
    // Also while a socket is closing: `peer` may have closed it, and knows it no more.
    if (other?.socket.readyState !== WebSocket.OPEN) {
      // `peer` would keep it for whoever comes under that name.
      client.facade.send(JSON.stringify({ type: 'EXPIRE', src: read.dst, dst: own }));
      return;
    }
    client.facade.emit('message', JSON.stringify(read));
    if (read.type !== 'CANDIDATE') return;
    // A browser on this machine is reached by the address at which the other one found us.
    const address = isLoopback(client.remoteAddress) ? other.localAddress : client.remoteAddress;
    const payload = withAddress(read.payload, address);
    if (payload !== null) client.facade.emit('message', JSON.stringify({ ...read, payload }));
  }

  function register(socket: WebSocket, request: IncomingMessage): void {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [token, ...otherTokens] = searchParams.getAll('token');
    const [own, ...otherIds] = searchParams.getAll('id');
    const isSaidOnce = otherTokens.length === 0 && otherIds.length === 0;
    // Only who has the token has the id, whether or not its owner is here just now.
    if (!isSaidOnce || !token || !/^[\w-]{43}$/.test(token) || own !== routeOf(token))
      return socket.close(closeCodes.bad);

    // The same device again, before its old socket was found dead: `peer` would never tell the new one that it is open.
    const old = clients.get(own);
    if (old !== undefined) {
      old.facade.emit('close');
      old.socket.close(closeCodes.replaced);
    }
    const client: Client = {
      socket,
      facade: new FilteredSocket(socket),
      remoteAddress: plainAddress(request.socket.remoteAddress),
      localAddress: plainAddress(request.socket.localAddress),
    };
    clients.set(own, client);
    const mayReceive = makeTokenBucket(burst, perSecond);
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(closeCodes.bad);
      else if (!mayReceive()) socket.close(closeCodes.tooMany);
      else receive(own, client, (data as Buffer).toString('utf8'));
    });
    socket.once('close', () => {
      if (clients.get(own) !== client) return;
      clients.delete(own);
      client.facade.emit('close');
    });
    // `peer` gets what was checked, in words of ours: it reads an address by other rules. It looks at nothing else.
    const checked = new URLSearchParams({ id: own, token, key: 'peerjs' });
    toPeer.emit('connection', client.facade, { url: `/?${checked.toString()}` });
  }

  return {
    upgrade(request, duplex, head) {
      sockets.handleUpgrade(request, duplex, head, (socket) => {
        // What a hostile frame does wrong closes its socket; without a listener it would end the process.
        socket.on('error', () => socket.terminate());
        if (!caps.take(request.socket.remoteAddress ?? '', socket)) socket.close(closeCodes.tooMany);
        else register(socket, request);
      });
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
