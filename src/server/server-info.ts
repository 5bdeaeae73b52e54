import type { IncomingMessage, ServerResponse } from 'node:http';
import { urlsFor } from './addresses.ts';

/** Tells the app where other devices find it; a web page alone cannot know (see `ServerState`). */
export function serverInfo(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port, own }: { host: string; port: number; own: readonly string[] },
): void {
  const { remoteAddress = '' } = request.socket;
  const address = remoteAddress.replace(/^::ffff:/, '');
  const [localUrl, ...addresses] = urlsFor(host, port, own);
  const isThisMachine = address === '::1' || address.startsWith('127.') || own.includes(address);
  const body = JSON.stringify({ type: 'hearth', addresses, isThisMachine, localUrl });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}
