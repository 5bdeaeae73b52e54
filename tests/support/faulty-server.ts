import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const types: Record<string, string> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
};

/** What a server does wrong with one request. */
export type Fault =
  /** Sends so many bytes, then breaks the connection. */
  | { type: 'cut'; after: number }
  /** Sends so many bytes, then nothing, and keeps the connection open. */
  | { type: 'stall'; after: number }
  /** Promises another length than it sends. */
  | { type: 'lie'; by: number }
  | { type: 'status'; status: number }
  /** Answers a range with the whole file. */
  | { type: 'no-range' };

export interface FaultyServer {
  /** With a slash at its end. */
  url: string;
  /** Files by their path without the first slash. May be changed while it runs. */
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** The fault for this request, the `count`-th for this path from 0; null: it works. */
  faultOf: (path: string, count: number) => Fault | null;
  /** Body bytes sent, by path. */
  sent: Map<string, number>;
  requests: { path: string; range: string | null }[];
  /** Waits until so many requests have come. */
  requested(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server of files that knows ranges and tags, as Hugging Face's does, and fails as it is told to. */
export async function startFaultyServer(files: FaultyServer['files']): Promise<FaultyServer> {
  const counts = new Map<string, number>();
  const waiting: { count: number; resolve: () => void }[] = [];

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? '/', 'http://x').pathname.slice(1) || 'index.html';
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const range = request.headers.range ?? null;
    server.requests.push({ path, range });
    for (const each of waiting) if (server.requests.length >= each.count) each.resolve();
    const file = server.files.get(path);
    const fault = server.faultOf(path, count);
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'etag, content-range');
    if (fault?.type === 'status' || !file) {
      response.writeHead(fault?.type === 'status' ? fault.status : 404).end();
      return;
    }
    const start = fault?.type === 'no-range' ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= file.length) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
      return;
    }
    const body = file.subarray(start);
    const promised = body.length + (fault?.type === 'lie' ? fault.by : 0);
    response.writeHead(start > 0 ? 206 : 200, {
      etag: `"${file.length}-${file[0]}-${file.at(-1)}"`,
      'content-type': types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'content-length': promised,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
    });
    const isShort = fault?.type === 'cut' || fault?.type === 'stall';
    const part = isShort ? body.subarray(0, fault.after) : body.subarray(0, promised);
    server.sent.set(path, (server.sent.get(path) ?? 0) + part.length);
    if (fault?.type === 'stall') response.write(part);
    else if (fault?.type === 'cut') response.write(part, () => response.destroy());
    else if (part.length < promised) response.write(part, () => response.destroy());
    else response.end(part);
  }

  const http = createServer(answer);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server: FaultyServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    files,
    faultOf: () => null,
    sent: new Map(),
    requests: [],
    requested: (count) =>
      new Promise((resolve) => {
        if (server.requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}
