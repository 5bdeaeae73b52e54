/*
 * What the core and a tab say to each other about data channels. WebRTC exists in pages only, so every tab offers the
 * core one port of a MessageChannel and the core makes one of them the gateway: it owns the channels and is only a pipe.
 */

/** Where PeerJS signalling is to be had. `own`: at `signal/` beside the app. */
export type Signalling = { type: 'own' } | { type: 'other'; url: string };

export type ToGateway =
  /** Be the gateway: register at the signalling server. Sent again when something in it changes. */
  | {
      type: 'start';
      signalling: Signalling;
      /** Owns the route: `routeOf(token)` is the PeerJS id. */
      token: string;
      /** Whether offers may be let in at all. */
      isListening: boolean;
    }
  /** Another tab is the gateway now: close everything. */
  | { type: 'stop' }
  /** Open a data channel to this route; the answer is `link` or `failed` with the same call. */
  | { type: 'dial'; call: number; route: string; ticket: unknown }
  | { type: 'cancel'; call: number }
  /** The answer to `admit`. Only after a yes is an RTCPeerConnection made. */
  | { type: 'admitted'; call: number; isAdmitted: boolean }
  | { type: 'ping' };

export type FromGateway =
  | { type: 'pong' }
  /** Before a page goes: not all browsers have locks that would tell. */
  | { type: 'bye' }
  | { type: 'visibility'; isVisible: boolean }
  /** The network came back, or the page woke up: try what was waiting for its next attempt. */
  | { type: 'wake' }
  | { type: 'signalling'; state: 'connecting' | 'open' | 'lost' }
  /** A device offers a data channel. `ticket` is whatever it sent: unread, untrusted. */
  | { type: 'admit'; call: number; from: string; ticket: unknown }
  /** An open data channel; its frames come over `port` (see `p2p/link/port-link.ts`). `call` is that of `dial`, or 0 for one that was admitted. */
  | { type: 'link'; call: number; port: MessagePort; local: Uint8Array; remote: Uint8Array }
  | { type: 'failed'; call: number; step: 'signalling' | 'link'; message: string };
