import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type ViteDevServer } from 'vite';
import { WebSocket } from 'ws';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import { devServer } from '../../../src/server/dev-server.ts';
import { makeScratchApp } from './scratch-app.ts';

const app = makeScratchApp();
let vite: ViteDevServer;
let port = 0;

beforeAll(async () => {
  vite = await createServer({
    configFile: false,
    root: app.appDir,
    logLevel: 'silent',
    optimizeDeps: { noDiscovery: true },
    plugins: [devServer()],
    server: { port: 0, host: '127.0.0.1' },
  });
  await vite.listen();
  ({ port } = (vite.httpServer as Server).address() as AddressInfo);
});
afterAll(async () => {
  await vite.close();
  app.remove();
});

test('the development server says what it is, as the real one does', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/server.json`);
  expect(await response.json()).toMatchObject({ type: 'hearth', isThisMachine: true });
});

test('it relays', async () => {
  const token = makeRouteToken();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/relay/host`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'host', token }));
  const [data] = await once(socket, 'message');
  expect(JSON.parse(String(data))).toEqual({ type: 'at', route: routeOf(token) });
  socket.close();
});

test('a foreign page gets no WebSocket of it', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/relay/host`, { origin: 'http://evil.example' });
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('403');
});

test('hot reload keeps its own WebSocket', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${vite.config.webSocketToken}`, 'vite-hmr');
  const [data] = await once(socket, 'message');
  expect(JSON.parse(String(data))).toEqual({ type: 'connected' });
  socket.close();
});
