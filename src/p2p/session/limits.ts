import type { DevicePolicy } from '../../shared/devices-state.ts';

/**
 * The bounds of a session that are not part of a message's own shape (`messages.ts`). Those of a single part stand in
 * it: of admission, of names, of offers, and of the links under a session (`../link`).
 */

/** Bytes of one message, from a device that the host's person approved, and before. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
export const MAX_MESSAGE_BYTES_BEFORE_APPROVAL = 4096;

/** Bytes waiting in one channel for its link to take them; beyond, the link is given up. */
export const MAX_OUTGOING_BYTES = 4 * 1024 * 1024;
/** Below this many waiting bytes a channel takes tokens. */
export const ROOMY_BYTES = 64 * 1024;

/** Foreign frames and unreadable messages before a link is given up. */
export const MAX_STRIKES = 16;

/** Messages that a host takes from one link at once, and on average in a second. */
export const MESSAGE_BURST = 200;
export const MESSAGES_PER_SECOND = 50;

/**
 * A handshake that takes longer is given up. A guest runs one after the other, so its time is shorter: the host must
 * still be waiting when the link after a dead one has its turn.
 */
export const HOST_HANDSHAKE_MS = 10_000;
export const GUEST_HANDSHAKE_MS = 5_000;
/** Handshakes that a host has under way; one more, and the oldest is given up. */
export const MAX_HANDSHAKES = 16;

/** Frames that may come before their turn in a handshake. */
export const MAX_EARLY_FRAMES = 8;

export const PING_MS = 5_000;
/** Pings without a sign of life before the person is told, and before the link is given up. */
export const MISSES_TO_SUSPEND = 2;
export const MISSES_TO_CLOSE = 6;

/** Who has reason to doubt a link asks at once, and takes it for suspended when nothing comes back within this time. */
export const PROBE_MS = 1_000;

/** Text waits at most this long for more of it. */
export const BATCH_MS = 40;
/** Entries that a host sends before the guest says that it has used some. */
export const CREDIT = 256;
/** A guest says so after this many entries, or after this time. */
export const ACK_ENTRIES = 32;
export const ACK_MS = 1_000;

/** What a host keeps of one request for a guest that comes back: bytes, and time after its end or its last link. */
export const MAX_LOG_BYTES = 1024 * 1024;
export const REQUEST_TTL_MS = 10 * 60_000;
/** Requests, ended ones included, that a host keeps for one device, and their bytes together. */
export const MAX_KEPT_REQUESTS = 64;
export const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Links of one device at once. */
export const MAX_CHANNELS = 4;

export const PAIRING_MS = 120_000;
export const MAX_CODE_FAILURES = 3;
/** Secrets that a host tries for one device: the last confirmed, and those of handshakes cut short. */
export const MAX_PSKS = 4;

/** So many tokens of a prompt that are read count as one that is written: in a device's hour, and in the core's fair queue. */
export const READ_PER_WRITTEN = 8;

export const defaultPolicy: DevicePolicy = {
  isPaused: false,
  running: 1,
  waiting: 2,
  promptChars: 200_000,
  maxTokens: 4_096,
  tokensPerHour: 100_000,
};

/** Requests of all devices, running and waiting. */
export const MAX_OPEN_REQUESTS = 10;
