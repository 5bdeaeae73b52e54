import { Peer, type DataConnection, type PeerOptions } from 'peerjs';
import type { FromGateway, Signalling, ToGateway } from '../../shared/gateway.ts';
import { dataChannelLink } from './data-channel-link.ts';
import { pumpPort } from './port-link.ts';
import { routeOf } from './route.ts';
import { readSignal, type Candidate, type Offer, type SignalMessage } from './signal-message.ts';

/*
 * Data channels of the gateway tab. PeerJS 1.5.5 introduces two browsers to each other; frames then go over the
 * RTCDataChannel itself, since PeerJS's own queue has no bound. It would make a connection for anybody's offer: so its
 * message handler is wrapped, and it sees an offer only after the core has admitted its ticket.
 */

type Message<Type extends ToGateway['type']> = Extract<ToGateway, { type: Type }>;
type Post = (message: FromGateway, ports?: Transferable[]) => void;

const OPEN_MS = 8_000;
const RETRY_MS = 2_000;
/** Offers that wait for the core's word or, let in, for their channel; and candidates that may wait for one of them. */
const MAX_ADMISSIONS = 8;
const MAX_CANDIDATES = 32;

/** The private parts of PeerJS 1.5.5 that the gate needs. */
interface PeerInside {
  _handleMessage(message: unknown): void;
  getConnection(peerId: string, connectionId: string): unknown;
}

interface Admission {
  offer: Offer;
  candidates: Candidate[];
}

export interface DataChannels {
  start(message: Message<'start'>): void;
  stop(): void;
  dial(message: Message<'dial'>): void;
  cancel(call: number): void;
  admitted(message: Message<'admitted'>): void;
}

function optionsFor(signalling: Signalling, token: string): PeerOptions {
  const url = new URL(
    signalling.type === 'own' ? new URL('signal/', location.href.replace(/#.*$/s, '')) : signalling.url,
  );
  const isSecure = url.protocol === 'https:';
  return {
    host: url.hostname,
    port: Number(url.port) || (isSecure ? 443 : 80),
    path: url.pathname,
    key: 'peerjs',
    token,
    secure: isSecure,
    // In one network nobody has to be asked where we are.
    config: { iceServers: [] },
  };
}

export function openDataChannels(post: Post): DataChannels {
  let peer: Peer | null = null;
  let current: Message<'start'> | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let lastAdmission = 0;
  /** Offers that the core looks at, by number. */
  const admissions = new Map<number, Admission>();
  /** Of offers that it let in: a paired device, too, may make one after the other and open none. */
  const opening = new Set<DataConnection>();
  const dials = new Map<number, DataConnection>();
  const open = new Set<DataConnection>();

  function handOver(connection: DataConnection, call: number): void {
    const { peerConnection, dataChannel } = connection;
    const made = dataChannelLink(peerConnection, dataChannel, () => connection.close());
    if (made === null) {
      post({
        type: 'failed',
        call,
        step: 'link',
        message: 'The browser does not show whom it is connected to.',
      });
      connection.close();
      return;
    }
    open.add(connection);
    connection.on('close', () => {
      open.delete(connection);
      made.lose();
    });
    const { port1, port2 } = new MessageChannel();
    pumpPort(port1, made);
    const { local, remote } = made.fingerprints;
    post({ type: 'link', call, port: port2, local, remote }, [port2]);
  }

  /** Resolves a connection of PeerJS into a link, or closes it when it takes too long. */
  function follow(connection: DataConnection, call: number, onFailed: (message: string) => void): void {
    let isOver = false;
    const end = (message: string): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      dials.delete(call);
      opening.delete(connection);
      connection.close();
      onFailed(message);
    };
    const timer = setTimeout(
      () => end('No direct connection came about: the network may not allow it.'),
      OPEN_MS,
    );
    connection.on('open', () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      dials.delete(call);
      opening.delete(connection);
      handOver(connection, call);
    });
    connection.on('error', (error) => end(error.message));
    connection.on('close', () => end('The other device closed the connection.'));
  }

  /** Stands between the signalling server and PeerJS. True: PeerJS may see it. */
  function mayPass(inside: PeerInside, message: SignalMessage): boolean {
    switch (message.type) {
      case 'OFFER': {
        const { src, payload } = message;
        const isKnown = Boolean(inside.getConnection(src, payload.connectionId));
        const isFull = admissions.size + opening.size >= MAX_ADMISSIONS;
        if (isKnown || isFull || current?.isListening !== true) return false;
        lastAdmission += 1;
        // Never the number of a dial: those are the core's and positive.
        const call = -lastAdmission;
        admissions.set(call, { offer: message, candidates: [] });
        post({ type: 'admit', call, from: src, ticket: payload.metadata });
        return false;
      }
      case 'CANDIDATE': {
        const { src, payload } = message;
        if (inside.getConnection(src, payload.connectionId)) return true;
        const waiting = [...admissions.values()].find(
          ({ offer }) => offer.src === src && offer.payload.connectionId === payload.connectionId,
        );
        if (waiting && waiting.candidates.length < MAX_CANDIDATES) waiting.candidates.push(message);
        return false;
      }
      case 'ANSWER':
        return Boolean(inside.getConnection(message.src, message.payload.connectionId));
      default:
        return true;
    }
  }

  function connect(): void {
    clearTimeout(retryTimer);
    if (current === null) return;
    const { signalling, token } = current;
    const made = new Peer(routeOf(token), optionsFor(signalling, token));
    peer = made;
    const inside = made as unknown as PeerInside;
    const handle = inside._handleMessage.bind(made);
    inside._handleMessage = (received) => {
      const message = readSignal(received);
      if (message !== null && mayPass(inside, message)) handle(message);
    };
    post({ type: 'signalling', state: 'connecting' });
    made.on('open', () => post({ type: 'signalling', state: 'open' }));
    made.on('connection', (connection) => {
      opening.add(connection);
      follow(connection, 0, () => {});
    });
    const again = (): void => {
      if (peer !== made) return;
      // Its open connections live on without it; they are links of their own by now.
      peer = null;
      post({ type: 'signalling', state: 'lost' });
      for (const [call] of dials) {
        dials.delete(call);
        post({
          type: 'failed',
          call,
          step: 'signalling',
          message: 'The signalling server cannot be reached.',
        });
      }
      retryTimer = setTimeout(connect, RETRY_MS);
    };
    made.on('disconnected', again);
    made.on('close', again);
    made.on('error', (error) => {
      // About one connection, which its own time limit ends.
      if (error.type === 'webrtc') return;
      if (error.type !== 'peer-unavailable') return again();
      // PeerJS says who only in words.
      for (const [call, connection] of dials) {
        if (!error.message.includes(connection.peer)) continue;
        dials.delete(call);
        post({
          type: 'failed',
          call,
          step: 'link',
          message: 'Hearth is not open in the other device’s browser.',
        });
        connection.close();
      }
    });
  }

  return {
    start(message) {
      const isSame =
        current?.token === message.token &&
        JSON.stringify(current.signalling) === JSON.stringify(message.signalling);
      current = message;
      if (isSame && peer !== null) return;
      const old = peer;
      peer = null;
      old?.destroy();
      connect();
    },
    stop() {
      current = null;
      clearTimeout(retryTimer);
      const old = peer;
      peer = null;
      old?.destroy();
      for (const connection of open) connection.close();
      open.clear();
      admissions.clear();
    },
    dial({ call, route, ticket }) {
      if (peer === null || peer.disconnected) {
        post({
          type: 'failed',
          call,
          step: 'signalling',
          message: 'The signalling server cannot be reached.',
        });
        return;
      }
      const connection = peer.connect(route, { serialization: 'raw', reliable: true, metadata: ticket });
      dials.set(call, connection);
      follow(connection, call, (message) => post({ type: 'failed', call, step: 'link', message }));
    },
    cancel(call) {
      const connection = dials.get(call);
      dials.delete(call);
      connection?.close();
    },
    admitted({ call, isAdmitted }) {
      const admission = admissions.get(call);
      admissions.delete(call);
      if (!isAdmitted || admission === undefined || peer === null) return;
      const handle = Object.getPrototypeOf(peer)._handleMessage.bind(peer) as PeerInside['_handleMessage'];
      handle(admission.offer);
      for (const candidate of admission.candidates) handle(candidate);
    },
  };
}
