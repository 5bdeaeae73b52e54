import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import express, { type NextFunction, type Request, type Response } from 'express';
import { isAllowedPage, makeAccess, type Client } from './access.ts';
import { ApiError, asApiError, noEngine, unknownModel } from './api-error.ts';
import type { Engines } from './engines.ts';
import { makeMetrics } from './metrics.ts';
import { readChatRequest, readTextRequest, type Wanted } from './openai-request.ts';
import type { DoorSettings } from './settings.ts';
import { makeRequestLog } from './request-log.ts';
import { sendStream, sendWhole, type AnswerTools } from './send-answer.ts';

const maxBody = 4 * 1024 * 1024;
const maxDepth = 64;
/** Answers under way or waiting, of one client and of all: what the queue can still tell a place in. */
const maxOpen = { client: 128, total: 512 };
const statsMs = 10_000;

/** The name that OpenChat's own clients ask for, whichever of its models answers. */
const usualName = 'openchat_3.5';

export interface DoorAppOptions extends DoorSettings {
  engines: Engines;
  ownAddresses(): readonly string[];
}

export interface DoorApp {
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

/** Throws for what is nested so deeply that no request of anybody's is. */
function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new ApiError(400, 'The body is nested too deeply.');
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}

/** Express 4 does not wait for promises. */
async function passOn(next: NextFunction, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    next(error);
  }
}

/** The OpenAI-compatible door: HTTP in, requests to the engines that are connected, answers out. */
export function makeDoorApp(options: DoorAppOptions): DoorApp {
  const { engines } = options;
  const queued = new Set<unknown>();
  const metrics = makeMetrics(() => ({ ...engines.counts, queued: queued.size }));
  const tools: AnswerTools = { engines, metrics, queued };
  const access = makeAccess(options);
  const log = makeRequestLog({
    file: options.logFile,
    logsRequests: options.logsRequests,
    logsStats: options.logsStats,
    secrets: options.apiKeys,
  });
  const open = new Map<string, number>();
  const totals = { requests: 0, promptTokens: 0, completionTokens: 0 };
  let told = 0;
  const stats = setInterval(() => {
    if (totals.requests !== told) log.stats({ ...totals, ...engines.counts, queued: queued.size });
    told = totals.requests;
  }, statsMs);
  stats.unref();

  /** Throws when this client, or all together, have enough under way. Returns what takes the count back. */
  function takePlace(client: Client, count: number): () => void {
    if (count > maxOpen.client) {
      // To try again would never help.
      const most = `n: A request has at most ${maxOpen.client} answers, those to all its prompts together.`;
      throw new ApiError(400, most, { param: 'n' });
    }
    const own = open.get(client.id) ?? 0;
    const all = [...open.values()].reduce((sum, one) => sum + one, 0);
    if (own + count > maxOpen.client || all + count > maxOpen.total) {
      throw new ApiError(429, 'Too many answers are under way or waiting. Try again in a moment.', {
        code: 'rate_limit_exceeded',
        retryAfter: 1,
      });
    }
    open.set(client.id, own + count);
    return () => {
      const left = (open.get(client.id) ?? 0) - count;
      if (left > 0) open.set(client.id, left);
      else open.delete(client.id);
    };
  }

  async function generate(request: Request, response: Response, read: (body: unknown) => Wanted) {
    const begun = performance.now();
    const client = response.locals['client'] as Client;
    const wanted = read(request.body);
    const release = takePlace(client, wanted.bodies.length);
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort());
    // An answer may wait for longer than a silent connection is kept.
    request.socket.setTimeout(0);
    const usage = { promptTokens: 0, completionTokens: 0 };
    let status = 200;
    try {
      const { model } = await engines.ready(wanted.model, hangUp.signal);
      if (model === null) throw noEngine(null);
      if (wanted.model !== model && wanted.model !== usualName)
        throw unknownModel(wanted.model, engines.models);
      const send = wanted.isStream ? sendStream : sendWhole;
      Object.assign(usage, await send(tools, client, wanted, model, response, hangUp.signal));
      metrics.tokens(usage.promptTokens, usage.completionTokens);
      // Whoever hangs up, or reads too slowly, ends the answer, and that is no error.
      if (!response.writableEnded) status = 499;
    } catch (error) {
      if (hangUp.signal.aborted) status = 499;
      else {
        ({ status } = asApiError(error));
        if (!response.headersSent) throw error;
        metrics.failed(asApiError(error).code ?? String(status));
      }
    } finally {
      release();
      totals.requests += 1;
      totals.promptTokens += usage.promptTokens;
      totals.completionTokens += usage.completionTokens;
      log.request({
        client: client.name,
        route: request.path,
        status,
        ms: Math.round(performance.now() - begun),
        ...usage,
        request: request.body,
      });
    }
  }

  const modelView = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'hearth' });
  const served = (): string[] => {
    const { models } = engines;
    return models.length === 0 ? [] : [...new Set([...models, usualName])];
  };

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((request, response, next) => {
    const begun = performance.now();
    response.once('finish', () => {
      const route: string = request.route?.path ?? 'other';
      metrics.answered(route, response.statusCode, (performance.now() - begun) / 1000);
    });
    response.setHeader('cache-control', 'no-store');
    next();
  });
  app.use(
    cors((request, callback) => {
      const isAllowed =
        request.headers.origin !== undefined && isAllowedPage(request, options.allowedOrigins);
      callback(null, {
        origin: isAllowed,
        methods: [...options.allowedMethods],
        ...(options.allowedHeaders.includes('*') ? {} : { allowedHeaders: [...options.allowedHeaders] }),
        credentials: options.allowsCredentials,
      });
    }),
  );
  app.use((request, response, next) => {
    response.locals['client'] = access(request);
    next();
  });
  app.use(
    express.json({
      limit: maxBody,
      // Nobody can make a page of another origin send this type without asking first.
      type: 'application/json',
      verify(_request, _response, bytes) {
        if (!isUtf8(bytes)) throw new ApiError(400, 'The body is not UTF-8.');
      },
    }),
  );
  app.use((request, _response, next) => {
    checkDepth(request.body);
    next();
  });

  app.get('/metrics', (_request, response, next) => {
    void passOn(next, async () => {
      response.type(metrics.contentType).send(await metrics.text());
    });
  });
  app.get('/v1/models', (_request, response) => {
    response.json({ object: 'list', data: served().map(modelView) });
  });
  app.get('/v1/models/:id(*)', (request, response) => {
    const id = request.params['id'] ?? '';
    if (!served().includes(id)) throw unknownModel(id, engines.models);
    response.json(modelView(id));
  });
  const answerWith =
    (read: (body: unknown) => Wanted) => (request: Request, response: Response, next: NextFunction) => {
      if (!request.is('application/json'))
        throw new ApiError(415, 'The body must be JSON, with the content type application/json.');
      void passOn(next, () => generate(request, response, read));
    };
  app.post('/v1/chat/completions', answerWith(readChatRequest));
  app.post('/v1/completions', answerWith(readTextRequest));
  app.all(
    ['/v1/models', '/v1/models/:id(*)', '/v1/chat/completions', '/v1/completions', '/metrics'],
    (request) => {
      throw new ApiError(405, `${request.method} is not answered here.`);
    },
  );
  app.use((request: Request) => {
    throw new ApiError(404, `There is nothing at ${request.path}.`, { code: 'not_found' });
  });
  // Express knows it by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const failure = asApiError(error);
    metrics.failed(failure.code ?? String(failure.status));
    if (response.headersSent) return response.destroy();
    if (failure.retryAfter !== null) response.setHeader('retry-after', failure.retryAfter);
    // What is left of a body that was refused is not waited for.
    if (failure.status === 413) response.setHeader('connection', 'close');
    return response.status(failure.status).json(failure.view);
  });

  return {
    handle: (request, response) => app(request, response),
    close() {
      clearInterval(stats);
      log.close();
    },
  };
}
