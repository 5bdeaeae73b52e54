import { sha256 } from '@noble/hashes/sha2.js';
import { encodeText, systemRandom, utf8, type Random } from '../session/bytes.ts';

/** Of a route: what a server knows a device by. Not an identity. */
export const routePattern = /^[a-z2-7]{26}$/;

export const TOKEN_BYTES = 32;

/** Whoever knows the token owns the route; a server can check that without keeping anything. In base64url. */
export const makeRouteToken = (random: Random = systemRandom): string =>
  encodeText(random(TOKEN_BYTES), 'base64url');

/** The first 130 bits of SHA-256("hearth-route " ‖ token), in base32. Also a valid PeerJS id. */
export const routeOf = (token: string): string =>
  encodeText(sha256(utf8(`hearth-route ${token}`)), 'base32').slice(0, 26);
