import { equalBytes } from '@noble/curves/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { DeviceId } from '../../shared/ids.ts';
import type { Random } from './bytes.ts';
import { lengthPrefixed, utf8 } from './bytes.ts';
import type { Clock } from './clock.ts';

/*
 * Admission: what an offer of a data channel carries, so that a host refuses it before any connection is made.
 * Only for secrets of 128 bits and more: a tag made with a typed code could be tried against every code offline.
 */

/** How far the clocks of two devices may differ. */
const WINDOW_MS = 120_000;
/** Tickets that one device may use within that time. An honest one that tries again and again needs fewer. */
const MAX_SEEN = 16;

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

/** Whom a ticket names, null for whoever knows the pairing's secret, and what they may know. */
interface Applicant {
  device: DeviceId | null;
  secrets: Uint8Array[];
}

/** Checks tickets; each is good once, within the window. */
export function makeAdmission(clock: Clock) {
  /** By tag, those that were used. */
  const seen = new Map<string, { at: number; device: DeviceId | null }>();

  return (ticket: AdmissionTicket, routes: Routes, { device, secrets }: Applicant): boolean => {
    const now = clock.now();
    for (const [tag, { at }] of seen) {
      if (at + WINDOW_MS < now) seen.delete(tag);
    }
    if (!(Math.abs(now - ticket.at) <= WINDOW_MS) || ticket.nonce.length !== 16) return false;
    const tag = ticket.tag.join();
    if (seen.has(tag)) return false;
    // Each for itself, so that one device cannot use up what all have.
    const sameDevice = [...seen.values()].filter((used) => used.device === device);
    if (sameDevice.length >= MAX_SEEN) return false;
    const isAuthentic = secrets.some((secret) =>
      equalBytes(ticket.tag, tagOf(secret, routes, ticket.at, ticket.nonce)),
    );
    // Only authentic tags are kept, so strangers cannot fill the list.
    if (isAuthentic) seen.set(tag, { at: ticket.at, device });
    return isAuthentic;
  };
}
