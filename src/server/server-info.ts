import type { IncomingMessage, ServerResponse } from 'node:http';
import { isThisMachine, urlsFor } from './addresses.ts';

/** Tells the app where other devices find it; a web page alone cannot know (see `ServerState`). */
export function serverInfo(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port, own }: { host: string; port: number; own: readonly string[] },
): void {
  const [localUrl, ...addresses] = urlsFor(host, port, own);
  const body = JSON.stringify({
    type: 'hearth',
    addresses,
    isThisMachine: isThisMachine(request, own),
    localUrl,
  });
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}
