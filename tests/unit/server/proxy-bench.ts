import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect } from 'vitest';
import { makeProxy, type ProxyOptions } from '../../../src/server/proxy.ts';
import { makeServer } from '../../../src/server/make-server.ts';
import { proxyHeaders } from '../../../src/shared/proxy-contract.ts';
import { models, startUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import { makeScratchApp } from './scratch-app.ts';

/** One test's server of ours, the server behind it, and what ends with the test. */
export let port: number;
export let upstream: ScriptedUpstream;
export let appDir: string;
export const closers: (() => Promise<unknown> | void)[] = [];

beforeEach(async () => {
  const app = makeScratchApp();
  ({ appDir } = app);
  const server = makeServer({ appDir, host: 'localhost' });
  port = await server.listen(0);
  upstream = await startUpstream(models('tiny'));
  closers.push(
    () => server.close(),
    () => upstream.close(),
    () => app.remove(),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Ask {
  path?: string;
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: string;
  at?: number;
}

/** What our own page sends, unless told otherwise. */
export function send({
  path = '/proxy/models',
  method = 'POST',
  headers = {},
  at = port,
}: Ask): ClientRequest {
  const all = { host: `localhost:${at}`, origin: `http://localhost:${at}`, ...headers };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return request({
    host: '127.0.0.1',
    port: at,
    path,
    method,
    headers: given as Record<string, string>,
    agent: false,
  });
}

export async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

export async function ask(question: Ask) {
  const sent = send(question);
  sent.end(question.body);
  const response = await answerTo(sent);
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

export async function openSession(bases: string[], at = port): Promise<string> {
  const { status, body } = await ask({ path: '/proxy/session', body: JSON.stringify({ bases }), at });
  expect(status).toBe(200);
  return (JSON.parse(body) as { session: string }).session;
}

export const withSession = (session: string, base: string, key?: string) => ({
  [proxyHeaders.session]: session,
  [proxyHeaders.base]: base,
  ...(key === undefined ? {} : { [proxyHeaders.key]: key }),
});

export const refusal = (type: string, code: string | null = null) =>
  JSON.stringify({ error: { type, code } });

/** A proxy with limits that a test can reach. */
export async function startProxy(options: ProxyOptions): Promise<number> {
  const proxy = makeProxy(options);
  const small: Server = createServer((incoming, response) => void proxy(incoming, response));
  small.listen(0, '127.0.0.1');
  await once(small, 'listening');
  closers.push(() => {
    small.closeAllConnections();
    small.close();
  });
  return (small.address() as AddressInfo).port;
}
