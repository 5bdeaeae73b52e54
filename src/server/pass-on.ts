import { lookup } from 'node:dns';
import {
  request as openHttp,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { request as openHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { pipeline, Transform } from 'node:stream';
import { proxyHeaders, type proxyPaths, type ProxyRoute } from '../shared/proxy-contract.ts';
import { refuseProxy } from './proxy-answers.ts';

/** Bytes and milliseconds. */
export interface PassLimits {
  requestBytes: number;
  responseBytes: number;
  /** To find the other server, connect, and agree on TLS. */
  connectMs: number;
  /** The longest pause, before the first byte and between any two. */
  silenceMs: number;
}

export interface Passing {
  route: (typeof proxyPaths)[ProxyRoute];
  base: URL;
  key: string;
  limits: PassLimits;
}

/** Where clouds hand out their machines' own secrets. No model is served there. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

const isForbidden = (address: string, family: number): boolean =>
  linkLocal.check(address, family === 6 ? 'ipv6' : 'ipv4');

const forbiddenError = (): NodeJS.ErrnoException =>
  Object.assign(new Error('Link-local addresses are not passed on to.'), { code: 'LINK_LOCAL' });

/** Looks a name up, and checks the very addresses that are then connected to. */
const guardedLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 0);
    if (addresses.some(({ address, family }) => isForbidden(address, family))) {
      return done(forbiddenError(), '', 0);
    }
    if (options.all === true) return done(null, addresses);
    const [first] = addresses;
    done(null, first?.address ?? '', first?.family ?? 0);
  });
};

/** Passes up to `most` bytes through; one more is an error. */
const limited = (most: number, code: string): Transform => {
  let size = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      size += piece.length;
      done(size > most ? Object.assign(new Error('Too long.'), { code }) : null, piece);
    },
  });
};

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error ? String(error.code) : null;

/** These of the answer's headers, and no other: no cookie, no redirect, nothing that concerns one connection only. */
const passedBack = ['content-type', 'retry-after'] as const;

/**
 * Sends one request on and its answer back, as fast as the slower side takes it. Redirects are not followed: they would
 * lead to an address that nobody registered. Whoever hangs up ends the other side.
 */
export function passOn(request: IncomingMessage, response: ServerResponse, passing: Passing): void {
  const { route, base, key, limits } = passing;
  const target = new URL(route.upstream, base);
  // A number needs no look-up, so none would check it.
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family !== 0 && isForbidden(host, family))
    return refuseProxy(response, 502, 'unreachable', 'LINK_LOCAL');

  // Known beforehand, the length is told: servers on Python's own HTTP server, such as mlx_lm's, take no chunks.
  const length = route.method === 'POST' ? request.headers['content-length'] : undefined;
  if (Number(length ?? 0) > limits.requestBytes) return refuseProxy(response, 413, 'too-large');

  const options: RequestOptions = {
    method: route.method,
    lookup: guardedLookup,
    // One connection for one request: nothing of it can reach another.
    agent: false,
    headers: {
      accept: 'application/json, text/event-stream',
      // Nothing in between may gather a stream to compress it.
      'accept-encoding': 'identity',
      'user-agent': 'Hearth',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
      ...(route.method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(length === undefined ? {} : { 'content-length': length }),
    },
  };
  let upstream;
  try {
    upstream = (target.protocol === 'https:' ? openHttps : openHttp)(target, options);
  } catch {
    // Such as a key with characters that no header can hold.
    return refuseProxy(response, 400, 'bad-request');
  }

  let isTimedOut = false;
  const expire = (): void => {
    isTimedOut = true;
    upstream.destroy();
  };
  const connecting = setTimeout(expire, limits.connectMs);
  const readyEvent = target.protocol === 'https:' ? 'secureConnect' : 'connect';
  upstream.once('socket', (socket) => socket.once(readyEvent, () => clearTimeout(connecting)));
  upstream.setTimeout(limits.silenceMs, expire);
  // The limit of this server's own sockets is meant for files.
  request.socket.setTimeout(limits.silenceMs + limits.connectMs);

  let isOver = false;
  const fail = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(connecting);
    upstream.destroy();
    if (response.headersSent || response.destroyed) {
      // A broken-off answer must not look like a whole one.
      response.destroy();
    } else if (codeOf(error) === 'TOO_LARGE') refuseProxy(response, 413, 'too-large');
    else if (isTimedOut) refuseProxy(response, 504, 'timeout');
    else refuseProxy(response, 502, 'unreachable', codeOf(error));
  };
  // More may follow the first, which is the one that says why.
  upstream.on('error', fail);
  response.once('close', () => {
    clearTimeout(connecting);
    upstream.destroy();
  });

  upstream.once('response', (answer) => {
    const headers: Record<string, string> = {
      'cache-control': 'no-store',
      [proxyHeaders.status]: String(answer.statusCode ?? 0),
    };
    for (const name of passedBack) {
      const value = answer.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    // Always 200 here: the status beside it is the other server's, and the browser must not act on it.
    response.writeHead(200, headers);
    response.flushHeaders();
    pipeline(answer, limited(limits.responseBytes, 'ANSWER_TOO_LARGE'), response, (error) => {
      if (error) fail(error);
    });
  });

  if (route.method === 'GET') {
    request.resume();
    upstream.end();
    return;
  }
  // Not a pipeline: that would end the connection on which the refusal goes back.
  request.on('error', fail).pipe(limited(limits.requestBytes, 'TOO_LARGE')).on('error', fail).pipe(upstream);
}
