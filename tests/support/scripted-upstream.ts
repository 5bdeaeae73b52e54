import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Act = (response: ServerResponse, asked: Asked, request: IncomingMessage) => void | Promise<void>;

/** A server on a real socket that does what a test tells it to, and remembers what it was asked. */
export interface ScriptedUpstream {
  readonly base: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Connections that are open now. */
  connections(): Promise<number>;
  act(next: Act): void;
  close(): Promise<void>;
}

export async function startUpstream(act: Act): Promise<ScriptedUpstream> {
  let current = act;
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const one = { method: request.method, path: request.url, headers: request.headers, body };
      asked.push(one);
      await current(response, one, request);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}/v1/`,
    port,
    asked,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    act(next) {
      current = next;
    },
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** An answer of `GET /models`. */
export const models =
  (...ids: string[]): Act =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) }));
  };

/** One piece of an answer, as a server-sent event. */
export const piece = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

export const usagePiece = (prompt: number, completion: number): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } })}\n\n`;

/** Answers a chat with exactly these bytes. */
export const stream =
  (...parts: (string | Uint8Array)[]): Act =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const part of parts) response.write(part);
    response.end();
  };

export const json =
  (status: number, body: unknown): Act =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** A server that offers `model`, and answers chats with `chat`. */
export const serving =
  (model: string, chat: Act): Act =>
  (response, asked, request) =>
    (asked.path?.endsWith('/models') ? models(model) : chat)(response, asked, request);
