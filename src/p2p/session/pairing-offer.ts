import { decodeText, encodeText } from './bytes.ts';
import { KEY_BYTES } from './device-key.ts';

export const SECRET_BYTES = 16;

/** What a QR code or a link tells a guest. It travels in the fragment, which no server sees. */
export interface PairingOffer {
  /** Where signalling and relay find the host now. Not an identity. */
  routeId: string;
  hostKey: Uint8Array;
  /** 128 bits, good for one pairing. */
  secret: Uint8Array;
}

const routeIdPattern = /^[A-Za-z0-9_-]{8,64}$/;
const prefix = '#p=1.';
const MAX_LENGTH = 160;

export function encodePairingOffer({ routeId, hostKey, secret }: PairingOffer): string {
  return `${prefix}${routeId}.${encodeText(hostKey, 'base64url')}.${encodeText(secret, 'base64url')}`;
}

/** Null for anything that `encodePairingOffer` did not make. */
export function parsePairingOffer(fragment: string): PairingOffer | null {
  if (fragment.length > MAX_LENGTH || !fragment.startsWith(prefix)) return null;
  const [routeId, hostKeyText, secretText, ...rest] = fragment.slice(prefix.length).split('.');
  if (routeId === undefined || hostKeyText === undefined || secretText === undefined) return null;
  if (rest.length > 0 || !routeIdPattern.test(routeId)) return null;
  const hostKey = decodeText(hostKeyText, 'base64url', KEY_BYTES);
  const secret = decodeText(secretText, 'base64url', SECRET_BYTES);
  return hostKey && secret && { routeId, hostKey, secret };
}
