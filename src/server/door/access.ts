import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isThisMachine } from '../addresses.ts';
import { ApiError } from './api-error.ts';

export interface AccessOptions {
  apiKeys: readonly string[];
  /** Origins of foreign web pages that may ask; `*` is every one. */
  allowedOrigins: readonly string[];
  ownAddresses(): readonly string[];
}

/** Who asks. All requests of one client share its turn in the queue. */
export interface Client {
  id: string;
  name: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The page that sent a request may read what this server answers. */
export function isAllowedPage({ headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined) {
    // Browsers leave the origin out of some requests, and then say this.
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  }
  if (allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  try {
    return new URL(origin).host === headers.host?.toLowerCase();
  } catch {
    return false;
  }
}

/**
 * Lets in who has a key, whom the server was started for without keys on this machine, and nobody else. Throws an
 * `ApiError`. A web page of another origin is refused first: without a key it would speak in this machine's name.
 */
export function makeAccess(options: AccessOptions): (request: IncomingMessage) => Client {
  const keys = options.apiKeys.map(digest);

  /** All keys are compared, each in constant time, so that time tells nothing. */
  function keyNumber(given: string): number {
    const wanted = digest(given);
    return keys.reduce((found, key, index) => (timingSafeEqual(key, wanted) ? index + 1 : found), 0);
  }

  return (request) => {
    if (!isAllowedPage(request, options.allowedOrigins)) {
      throw new ApiError(403, 'Pages of this origin may not ask here. See --allowed-origins.');
    }
    if (keys.length === 0) {
      if (isThisMachine(request, options.ownAddresses())) return { id: 'this-machine', name: 'a program' };
      throw new ApiError(
        401,
        'From another machine, or through a proxy, a key is needed. Start the server with --api-keys.',
        { code: 'invalid_api_key' },
      );
    }
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const number = given === undefined ? 0 : keyNumber(given);
    if (number > 0) return { id: `key-${number}`, name: `API key ${number}` };
    const message = given === undefined ? 'An API key is needed.' : 'This API key is not valid.';
    throw new ApiError(401, message, { code: 'invalid_api_key' });
  };
}
