import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export const isLoopback = (host: string): boolean => loopbackNames.has(host);

/**
 * What to listen on for `host`. A browser may take `localhost` for either family, and on the one left out another
 * program could answer in our name, so it means both. They are there for any other host, too: at no other address does a browser
 * on this machine give a page the GPU.
 */
export function listenAddresses(host: string): readonly [string, ...string[]] {
  if (host === 'localhost' || host === '127.0.0.1') return ['127.0.0.1', '::1'];
  if (host === '::' || host === '::1') return [host];
  return host === '0.0.0.0' ? [host, '::1'] : [host, '127.0.0.1', '::1'];
}

const proxyHeader = /^(?:forwarded|via|x-real-ip|x-forwarded-.+)$/;

/**
 * Whether a reverse proxy passed a request on. The address that it comes from is then the proxy's, and not the sender's.
 * No browser speaks HTTP/1.0 any more, and nginx does unless it is told otherwise.
 */
export const isForwarded = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === '1.0' || Object.keys(headers).some((name) => proxyHeader.test(name));

/** Whether a request comes from this very machine. */
export function isThisMachine(request: IncomingMessage, own: readonly string[]): boolean {
  if (isForwarded(request)) return false;
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return address === '::1' || address.startsWith('127.') || own.includes(address);
}

export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * The addresses to tell people, the best first. For this machine always `localhost`: to the browser `127.0.0.1` is
 * another origin, with other conversations.
 */
export function urlsFor(host: string, port: number, own: readonly string[]): [string, ...string[]] {
  const url = (name: string) => `http://${inUrl(name)}:${port}/`;
  if (isLoopback(host)) return [url('localhost')];
  if (!everyAddress.has(host)) return [url('localhost'), url(host)];
  // Link-local addresses need a zone, which browsers do not take.
  const reachable = own.filter((address) => !isLoopback(address) && !address.startsWith('fe80:'));
  return [url('localhost'), ...reachable.filter((a) => host === '::' || !a.includes(':')).map(url)];
}
