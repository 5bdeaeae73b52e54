import type { DeviceId, PairingId } from './ids.ts';

/** What a host's person allows one device. */
export interface DevicePolicy {
  isPaused: boolean;
  /** Requests that generate at once, and that wait besides. */
  running: number;
  waiting: number;
  /** Characters of all turns together. */
  promptChars: number;
  maxTokens: number;
  tokensPerHour: number;
}

/** What is known of the server that this app came from. */
export type ServerState =
  | { type: 'unknown' }
  /** A copy of the app on a plain web server: no relay, no signalling. */
  | { type: 'none' }
  | {
      type: 'hearth';
      /** Where other devices open Hearth, the best first, each with a slash at its end. Empty when the network cannot reach it. */
      addresses: string[];
      /** The browser runs on the server's own machine. */
      isThisMachine: boolean;
      /** Where this machine opens it, so that the browser lets it use the GPU. */
      localUrl: string;
    };

/** A device that uses this one's GPU, or may. */
export interface GuestView {
  id: DeviceId;
  name: string;
  platform: string;
  lastSeen: number;
  /** False while the person has not decided. */
  isApproved: boolean;
  /** How it is connected now, best first; none while it sleeps. */
  paths: ('dtls' | 'relay')[];
  running: number;
  waiting: number;
  tokensLastHour: number;
  policy: DevicePolicy;
}

/** A device that asks to come in. */
export interface ApprovalView {
  id: DeviceId;
  name: string;
  platform: string;
  /** Six digits that the device shows too. */
  comparison: string;
  /** Another device already has this name: it may be a copy. */
  isNameTaken: boolean;
}

export type Approval = 'once' | 'always' | 'deny';

export interface SharingState {
  /** Why this device cannot share its GPU, as a sentence; null when it can. */
  obstacle: string | null;
  isPaused: boolean;
  /** Whether guests can find this device. `off`: nobody may, since none is paired and none is being added. */
  reach: 'off' | 'connecting' | 'online' | 'offline';
  pairing: {
    /** Follows the address in the link: `#p=1.…`. */
    fragment: string;
    /** Eight digits to type; null after too many wrong ones. */
    code: string | null;
    expiresAt: number;
  } | null;
  approvals: ApprovalView[];
  guests: GuestView[];
  /** Somebody tried to get in and could not prove who they are, or a device could not be saved; as a sentence. */
  warning: string | null;
}

/** The steps to a host, in order. The one that a connection stands at is the one that is under way or has failed. */
export const connectionSteps = ['signalling', 'link', 'handshake', 'approval', 'engine', 'ready'] as const;
export type ConnectionStep = (typeof connectionSteps)[number];

/** What a host is asked to let this device in with: the fragment of its link, or its code of eight digits. */
export type PairingRequest = { fragment: string; id?: PairingId } | { code: string };

/** A device whose GPU this one uses. */
export interface HostView {
  /** `pairing` before the first handshake; the device's id from then on. */
  id: DeviceId | 'pairing';
  /** Of the link that made this connection; null for one that a tab has not named. */
  pairingId: PairingId | null;
  name: string;
  lastSeen: number | null;
  step: ConnectionStep;
  /** Why the step failed and what to do, in sentences; null while it is under way. It is tried again by itself unless `isOver`. */
  failure: string | null;
  /** Denied, revoked, or an offer that is void: only a new pairing helps. */
  isOver: boolean;
  /** Six digits to compare with the host's screen; null when nothing is to be compared. */
  comparison: string | null;
  path: 'dtls' | 'relay' | null;
  isSuspended: boolean;
  isPaused: boolean;
  /** The model that the host has ready. */
  model: string | null;
  running: number;
  waiting: number;
}

export interface DevicesState {
  /** This device, as others see it. */
  name: string;
  server: ServerState;
  sharing: SharingState;
  hosts: HostView[];
  /** Never a data channel, always through the server. */
  isRelayOnly: boolean;
  /** A PeerJS server that the person named, for a copy of the app without a server; null: none. */
  signallingUrl: string | null;
}
