import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import {
  fromCore,
  maxDoorMessage,
  readDoorMessage,
  type AnswerEvent,
  type DoorRequest,
  type FromServer,
} from '../../shared/door.ts';
import { makePushed, type Pushed } from '../../shared/pushed.ts';
import type { Client } from './access.ts';
import { ApiError, noEngine } from './api-error.ts';

/*
 * The browsers' cores that answer here. Each holds one socket; every request has an id on it.
 */

const pingMs = 15_000;
const maxEngines = 32;

export interface EnginesOptions {
  /** The model that a core is asked to choose; null: whatever is chosen there. */
  model: string | null;
  /** How long a request waits for an engine to come; 0 when none is expected. */
  waitMs: number;
  /** How long a request may go without being written to before it is given up. */
  patienceMs: number;
}

export interface Ask {
  client: Client;
  isKept: boolean;
  /** Only an engine that has this model answers; null: any. */
  model: string | null;
  body: DoorRequest;
}

/** How the engine is that would answer now. */
export interface EngineInfo {
  model: string | null;
  reason: string | null;
}

export interface Engines {
  /** Cores that are connected, and requests that are under way. */
  readonly counts: { engines: number; requests: number };
  /** What is chosen in the cores that are connected, each model once. */
  readonly models: string[];
  /**
   * The engine that would answer, waited for where one is expected: one that has the model, or any when none has it. Rejects with
   * an `ApiError` when none comes.
   */
  ready(model: string, signal: AbortSignal): Promise<EngineInfo>;
  /** The answer to one request. Rejects with an `ApiError`. Whoever stops reading stops the run. */
  ask(ask: Ask, signal: AbortSignal): AsyncGenerator<AnswerEvent, void, undefined>;
  /** Takes a core's socket, after all checks of its address and origin. */
  upgrade(request: IncomingMessage, duplex: Duplex, head: Buffer): void;
  close(): void;
}

interface Connected extends EngineInfo {
  socket: WebSocket;
  isReady: boolean;
  asks: Map<string, Pushed<AnswerEvent>>;
}

/** The engine of a request went away. Another may do it, as long as nothing was written. */
class EngineGone extends ApiError {}

export function makeEngines(options: EnginesOptions): Engines {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxDoorMessage,
    perMessageDeflate: false,
  });
  const start = randomUUID();
  const connected = new Set<Connected>();
  const waiting = new Set<() => void>();

  const alive = new WeakSet<WebSocket>();
  const beat = setInterval(() => {
    for (const { socket } of connected) {
      if (!alive.has(socket)) socket.terminate();
      alive.delete(socket);
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }, pingMs);
  beat.unref();

  /** The ready one with the least to do, or else one that may become ready before one that says why not; null: none has the model. */
  const best = (wanted: string | null): Connected | null =>
    [...connected]
      .filter(({ model }) => model !== null && (wanted === null || model === wanted))
      .toSorted(
        (a, b) =>
          Number(a.reason !== null) - Number(b.reason !== null) ||
          Number(b.isReady) - Number(a.isReady) ||
          a.asks.size - b.asks.size,
      )[0] ?? null;

  async function untilThere(find: () => Connected | null, signal: AbortSignal): Promise<Connected> {
    const end = Date.now() + options.waitMs;
    for (;;) {
      signal.throwIfAborted();
      const engine = find();
      const left = end - Date.now();
      if (engine && (engine.reason === null || left <= 0)) {
        if (engine.reason !== null) throw noEngine(engine.reason);
        return engine;
      }
      if (left <= 0) throw noEngine(null);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  const say = ({ socket }: Connected, message: FromServer): void => socket.send(JSON.stringify(message));

  async function* askOne(
    engine: Connected,
    { client, isKept, model, body }: Ask,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const id = randomUUID();
    const events = makePushed<AnswerEvent>();
    engine.asks.set(id, events);
    const onAbort = (): void => events.end();
    signal.addEventListener('abort', onAbort);
    const giveUp = (): void =>
      events.fail(new ApiError(504, 'The engine did not answer in time.', { code: 'timeout' }));
    let timer = setTimeout(giveUp, options.patienceMs);
    let isOver = false;
    try {
      say(engine, { type: 'ask', id, client, isKept, model, body });
      for await (const event of events.read()) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, options.patienceMs);
        isOver = event.type === 'done' || event.type === 'error';
        yield event;
        if (isOver) return;
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      engine.asks.delete(id);
      if (!isOver && engine.socket.readyState === WebSocket.OPEN) say(engine, { type: 'cancel', id });
    }
  }

  function serve(socket: WebSocket): void {
    const engine: Connected = { socket, model: null, isReady: false, reason: null, asks: new Map() };
    connected.add(engine);
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? null : readDoorMessage(fromCore, (data as Buffer).toString('utf8'));
      if (message === null) return socket.close(4400);
      if (message.type === 'status') {
        Object.assign(engine, { model: message.model, isReady: message.isReady, reason: message.reason });
        for (const wake of waiting) wake();
      } else engine.asks.get(message.id)?.push(message.event);
    });
    socket.once('close', () => {
      connected.delete(engine);
      for (const events of engine.asks.values())
        events.fail(
          new EngineGone(503, 'The engine went away while it answered. Try again.', {
            code: 'engine_lost',
            retryAfter: 5,
          }),
        );
    });
    say(engine, { type: 'welcome', model: options.model, start });
  }

  return {
    get counts() {
      const requests = [...connected].reduce((sum, { asks }) => sum + asks.size, 0);
      return { engines: connected.size, requests };
    },
    get models() {
      return [...new Set([...connected].flatMap(({ model }) => model ?? []))];
    },
    ready: (model, signal) => untilThere(() => best(model) ?? best(null), signal),
    async *ask(ask, signal) {
      for (let losses = 0; ; losses += 1) {
        const engine = await untilThere(() => best(ask.model), signal);
        let hasBegun = false;
        try {
          for await (const event of askOne(engine, ask, signal)) {
            hasBegun ||= event.type === 'text';
            yield event;
          }
          return;
        } catch (error) {
          if (hasBegun || losses >= 2 || !(error instanceof EngineGone)) throw error;
        }
      }
    },
    upgrade(request, duplex, head) {
      server.handleUpgrade(request, duplex, head, (socket) => {
        // What a hostile frame does wrong closes its socket; without a listener it would end the process.
        socket.on('error', () => socket.terminate());
        if (connected.size >= maxEngines) socket.close(4429);
        else serve(socket);
      });
    },
    close() {
      clearInterval(beat);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
