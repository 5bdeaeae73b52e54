/*
 * How the core reaches other servers: every request goes to the local server, which passes it on. A browser alone may
 * not: other origins forbid it (CORS), and so does our own content security policy.
 */

/** Opens a session. Body: `ProxyRegistration`; answer: `{ session }`, the secret for what follows. */
export const proxySessionPath = 'proxy/session';

/** Where a request is passed on to: this path under the base. Nothing else of a server can be reached. */
export const proxyPaths = {
  models: { path: 'proxy/models', upstream: 'models', method: 'GET' },
  chat: { path: 'proxy/chat/completions', upstream: 'chat/completions', method: 'POST' },
} as const;

export type ProxyRoute = keyof typeof proxyPaths;

/** Request headers. The key goes on as `Authorization: Bearer`. */
export const proxyHeaders = {
  session: 'x-hearth-session',
  base: 'x-hearth-base',
  key: 'x-hearth-key',
  /** On the way back: the status of the other server. Without it the answer is a `ProxyRefusal` of ours. */
  status: 'x-hearth-status',
} as const;

/** The only addresses that the session may be used for. */
export interface ProxyRegistration {
  bases: string[];
}

export interface ProxyRefusal {
  error: {
    /**
     * `forbidden`: the request does not come from a page of this server on this machine. `no-session`: open another
     * one. `unreachable`: the other server could not be asked, and `code` says why in Node's words.
     */
    type: 'forbidden' | 'no-session' | 'bad-request' | 'too-large' | 'too-many' | 'unreachable' | 'timeout';
    /** Such as `ECONNREFUSED`, `ENOTFOUND` or `CERT_HAS_EXPIRED`. */
    code: string | null;
  };
}

/** At most this many servers, and this long an address. */
export const proxyLimits = { bases: 32, baseLength: 300 } as const;

/**
 * The base of a server as both ends spell it: http or https, no user, query or fragment, a slash at its end. Null for
 * anything else. An address without a path gets `/v1/`, where OpenAI's API lies everywhere.
 */
export function parseBase(text: string): URL | null {
  if (text.length > proxyLimits.baseLength) return null;
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  // An escaped slash or dot may mean one thing here and another there.
  if (/%2[ef]|%5c/i.test(url.pathname)) return null;
  if (url.pathname === '/') url.pathname = '/v1/';
  // What people copy from a manual is often the whole address of a request.
  url.pathname = url.pathname.replace(/\/(?:chat\/completions|models)\/?$/, '/');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
