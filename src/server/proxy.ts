import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import { proxyHeaders, proxyLimits, proxyPaths, proxySessionPath } from '../shared/proxy-contract.ts';
import { passOn, type PassLimits } from './pass-on.ts';
import { answerJson, refuseProxy } from './proxy-answers.ts';
import { isOwnPage } from './proxy-guard.ts';
import { makeProxySessions } from './proxy-sessions.ts';

export interface ProxyOptions {
  limits?: Partial<ProxyLimits>;
}

export interface ProxyLimits extends PassLimits {
  /** Requests under way at once. */
  atOnce: number;
}

const defaultLimits: ProxyLimits = {
  atOnce: 32,
  requestBytes: 8 << 20,
  responseBytes: 64 << 20,
  connectMs: 10_000,
  // A model may read a long prompt for minutes before its first word.
  silenceMs: 300_000,
};

/** Bytes of a registration: all of its bases at their longest, and JSON around them. */
const longestRegistration = proxyLimits.bases * (proxyLimits.baseLength + 8) + 100;

const registration = v.object({
  bases: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(proxyLimits.baseLength))),
    v.maxLength(proxyLimits.bases),
  ),
});

async function readAll(request: IncomingMessage, most: number): Promise<string | null> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > most) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const single = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : '');

/**
 * Passes requests of the core on to the servers that the person added. Never an open proxy: only for this server's own
 * pages on this machine, only with a session, only to that session's bases, and only two paths under them. It holds no
 * key: that comes with each request. Returns whether the request was for it.
 */
export function makeProxy(options: ProxyOptions = {}) {
  const limits: ProxyLimits = { ...defaultLimits, ...options.limits };
  const sessions = makeProxySessions();
  let underWay = 0;

  async function openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request, longestRegistration);
    if (text === null) return refuseProxy(response, 413, 'too-large');
    const parsed = v.safeParse(registration, parseJson(text));
    const session = parsed.success ? sessions.open(parsed.output.bases) : null;
    if (session === null) return refuseProxy(response, 400, 'bad-request');
    answerJson(response, 200, { session });
  }

  return function take(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '').slice(1);
    if (path !== 'proxy' && !path.startsWith('proxy/')) return false;
    const { headers } = request;
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      refuseProxy(response, 405, 'bad-request');
    } else if (!isOwnPage(request)) {
      refuseProxy(response, 403, 'forbidden');
    } else if (path === proxySessionPath) {
      // A page that hangs up while it registers has nobody to be told.
      openSession(request, response).catch(() => response.destroy());
    } else {
      const route = Object.values(proxyPaths).find((each) => each.path === path);
      const base = sessions.find(single(headers[proxyHeaders.session]), single(headers[proxyHeaders.base]));
      if (!route) refuseProxy(response, 404, 'bad-request');
      else if (base === null) refuseProxy(response, 401, 'no-session');
      else if (base === false) refuseProxy(response, 403, 'forbidden');
      else if (underWay >= limits.atOnce) refuseProxy(response, 429, 'too-many');
      else {
        underWay += 1;
        response.once('close', () => (underWay -= 1));
        const key = single(headers[proxyHeaders.key]);
        passOn(request, response, { route, base, key, limits });
      }
    }
    return true;
  };
}
