import type { IncomingMessage } from 'node:http';
import { isForwarded, isLoopback } from './addresses.ts';

const remoteLoopback = /^(?:::1|(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/**
 * Whether a page of this very server, opened on this machine, asks. A browser sends `Origin` with every POST and no page
 * can forge it. The port is part of it: a page of another local program is foreign. A name in `Host` other than a
 * loopback one could be an attacker's that points here (DNS rebinding).
 */
export function isOwnPage(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  if (isForwarded(request) || !remoteLoopback.test(socket.remoteAddress ?? '')) return false;
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  let own: URL;
  try {
    own = new URL(`${scheme}://${headers.host ?? ''}`);
  } catch {
    return false;
  }
  if (!isLoopback(own.hostname.replace(/^\[(.*)\]$/, '$1'))) return false;
  // Absent in older browsers; present, it must agree.
  const site = headers['sec-fetch-site'];
  return headers.origin === own.origin && (site === undefined || site === 'same-origin');
}
