import { equalBytes } from '@noble/curves/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Random } from './bytes.ts';
import { lengthPrefixed, utf8 } from './bytes.ts';
import type { Clock } from './clock.ts';

/*
 * Admission: what an offer of a data channel carries, so that a host refuses it before any connection is made.
 * Only for secrets of 128 bits and more: a tag made with a typed code could be tried against every code offline.
 */

/** How far the clocks of two devices may differ. */
const WINDOW_MS = 120_000;
const MAX_SEEN = 1_000;

export interface AdmissionTicket {
  at: number;
  nonce: Uint8Array;
  tag: Uint8Array;
}

interface Routes {
  guestRoute: string;
  hostRoute: string;
}

function tagOf(secret: Uint8Array, routes: Routes, at: number, nonce: Uint8Array): Uint8Array {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setFloat64(0, at);
  const fields = lengthPrefixed(
    utf8('hearth-p2p-1 admission'),
    utf8(routes.guestRoute),
    utf8(routes.hostRoute),
    time,
    nonce,
  );
  return hmac(sha256, secret, fields);
}

export function makeTicket(secret: Uint8Array, routes: Routes, at: number, random: Random): AdmissionTicket {
  const nonce = random(16);
  return { at, nonce, tag: tagOf(secret, routes, at, nonce) };
}

/** Checks tickets; each is good once, within the window. `secrets` are those of the device that it names. */
export function makeAdmission(clock: Clock) {
  /** Tags that were used, oldest first. */
  const seen = new Map<string, number>();

  return (ticket: AdmissionTicket, routes: Routes, secrets: Uint8Array[]): boolean => {
    const now = clock.now();
    for (const [tag, at] of seen) {
      if (at + WINDOW_MS < now) seen.delete(tag);
    }
    if (!(Math.abs(now - ticket.at) <= WINDOW_MS) || ticket.nonce.length !== 16) return false;
    const tag = ticket.tag.join();
    if (seen.has(tag) || seen.size >= MAX_SEEN) return false;
    const isAuthentic = secrets.some((secret) =>
      equalBytes(ticket.tag, tagOf(secret, routes, ticket.at, ticket.nonce)),
    );
    // Only authentic tags are kept, so strangers cannot fill the list.
    if (isAuthentic) seen.set(tag, ticket.at);
    return isAuthentic;
  };
}
