import type { ServerResponse } from 'node:http';
import type { ProxyRefusal } from '../shared/proxy-contract.ts';

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

/** Says that the proxy itself ends a request, and why. */
export function refuseProxy(
  response: ServerResponse,
  status: number,
  type: ProxyRefusal['error']['type'],
  code: string | null = null,
): void {
  // What is still on its way in belongs to nobody any more.
  if (!response.req.complete) response.setHeader('connection', 'close');
  answerJson(response, status, { error: { type, code } } satisfies ProxyRefusal);
}
