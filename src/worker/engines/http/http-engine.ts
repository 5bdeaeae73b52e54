import type { ModelChoice } from '../../../shared/engine-state.ts';
import { AppError } from '../../../shared/errors.ts';
import { splitThoughts, thoughtBegin, thoughtEnd } from '../../../shared/thoughts.ts';
import { untilAborted } from '../../runs/until-aborted.ts';
import type { Clock } from '../../clock.ts';
import { errorDetail, parseJson } from '../../servers/error-detail.ts';
import type { ProxiedAnswer, ProxyClient } from '../../servers/proxy-client.ts';
import type { ServerRecord } from '../../servers/server-records.ts';
import { BrokenOff, ServerFailure, statusProblem } from '../../servers/server-failure.ts';
import { modelOf, type Servers } from '../../servers/servers.ts';
import type { Engine, EngineEvent, GenerateRequest, Sampling } from '../engine.ts';
import { BusyServer, freeAtOf, patienceMs } from './busy-server.ts';
import {
  chatBody,
  checkOptions,
  continuesExactly,
  isAboutLength,
  quirkIn,
  type Quirk,
} from './chat-request.ts';
import { readChat, type ChatPiece } from './chat-stream.ts';
import { makeServerLoad } from './server-load.ts';

/** Servers have defaults of their own and do not tell them; these are sent, so that a message says how it was made. */
const sampling: Sampling = { temperature: 0.7, topP: 0.95, maxTokens: 1024, seed: null };

export interface HttpEngineOptions {
  servers: Pick<Servers, 'withModel' | 'test'>;
  client: ProxyClient;
  clock: Clock;
}

/** Answers with an OpenAI-compatible server: of several with the model, the one with the most room. */
export function makeHttpEngine({ servers, client, clock }: HttpEngineOptions): Engine {
  let loadedModel: string | null = null;
  const load = makeServerLoad(clock);
  /** By server and model: another model of the same server may take more. */
  const quirks = new Map<string, Set<Quirk>>();

  /** Asks until the server takes the request, each time without one more thing that it refused. */
  async function open(
    server: ServerRecord,
    request: GenerateRequest,
    signal: AbortSignal,
  ): Promise<ProxiedAnswer> {
    const key = `${server.id} ${request.model.id}`;
    const known = quirks.get(key) ?? new Set();
    quirks.set(key, known);
    const without = new Set<Quirk | 'limit'>(known);
    for (;;) {
      const body = chatBody(modelOf(request.model), server.kind, request, without);
      const answer = await client.ask(server, 'chat', body, signal);
      const { status } = answer;
      if (status >= 200 && status < 300) return answer;
      const { host, origin } = new URL(server.url);
      const detail = errorDetail(parseJson(await answer.response.text()), server.key);
      if (status !== 400 && status !== 422) {
        const problem = statusProblem(origin, status, detail);
        const freeAt = status === 429 || status === 503 ? freeAtOf(answer.response, clock) : null;
        throw freeAt === null ? new ServerFailure(problem) : new BusyServer(problem, freeAt);
      }
      if (detail !== null && isAboutLength(detail)) {
        // vLLM counts the longest answer in. Without a limit it writes as far as there is room, which is less than that.
        if (without.has('limit')) throw tooLong(host);
        without.add('limit');
        continue;
      }
      const quirk = quirkIn(detail ?? '', known);
      if (quirk === null) throw refused(host, detail);
      known.add(quirk);
      without.add(quirk);
    }
  }

  /** Whether somebody can go on with what this server broke off: itself it might begin again. */
  const canGoOn = (broken: ServerRecord, model: ModelChoice): boolean =>
    servers
      .withModel(modelOf(model))
      .some(({ id, kind }) => (id === broken.id ? continuesExactly(kind) : !load.isResting(id)));

  /** One attempt at one server. What goes wrong after the first token is a loss; before it, the next one may do it. */
  async function* ask(
    server: ServerRecord,
    request: GenerateRequest,
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, void, undefined> {
    const { host, origin } = new URL(server.url);
    const begun = clock.now();
    let hasStarted = false;
    const mark = makeThoughtMarks(request.prefix);
    let counted = 0;
    let usage: { prompt: number; completion: number } | null = null;
    let finishReason: 'stop' | 'length' | null = null;
    const start = (): EngineEvent => ({
      type: 'start',
      firstTurn: 0,
      // Only the end tells, if anything does.
      promptTokens: 0,
      readTokens: 0,
      madeBy: {
        model: modelOf(request.model),
        quantization: '',
        server: origin,
        ...(request.prefix !== '' && !continuesExactly(server.kind) ? { isSeamUnsure: true } : {}),
      },
    });
    load.begin(server.id);
    try {
      const answer = await open(server, request, signal);
      for await (const piece of readChat(answer, server.key)) {
        if (signal.aborted) return;
        if (piece.type === 'error') {
          if (!hasStarted && isAboutLength(piece.message)) throw tooLong(host);
          throw new ServerFailure({ kind: 'server-error', message: `${host} failed: ${piece.message}` });
        }
        if (piece.type === 'finish') finishReason = piece.reason;
        if (piece.type === 'end') finishReason ??= 'stop';
        if (piece.type === 'usage') usage = piece;
        if (piece.type !== 'text' && piece.type !== 'thought') continue;
        if (!hasStarted) {
          hasStarted = true;
          load.noteFirstToken(server.id, clock.now() - begun);
          yield start();
        }
        counted += 1;
        yield { type: 'text', text: mark(piece), tokens: 1 };
      }
      if (!hasStarted && finishReason === null) {
        throw new ServerFailure({
          kind: 'server-error',
          message: `${host} ended its answer before it began.`,
        });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && !(error instanceof ServerFailure)) throw error;
      // What breaks off after the answer's last token takes nothing from it.
      if (finishReason === null) {
        load.noteFailure(server.id);
        const message = `${host} broke off. The answer can be continued.`;
        if (hasStarted) throw new BrokenOff(message, canGoOn(server, request.model), { cause: error });
        throw error instanceof ServerFailure
          ? error
          : new ServerFailure({ kind: 'unreachable', message }, { cause: error });
      }
    } finally {
      load.end(server.id);
    }
    if (signal.aborted) return;
    if (!hasStarted) yield start();
    // Pieces were counted; a server that says how many tokens they were knows better.
    if (usage && usage.completion !== counted) {
      yield { type: 'text', text: '', tokens: usage.completion - counted };
    }
    yield { type: 'done', finishReason: finishReason ?? 'stop', promptTokens: usage?.prompt ?? 0 };
  }

  return {
    get loadedModel() {
      return loadedModel;
    },

    /** Nothing is loaded: one of the servers must answer, and offer the model. */
    async load(model, { signal }) {
      const name = modelOf(model);
      const asked = servers.withModel(name);
      let failure = new AppError('host-lost', `No server offers ${name} any more. Choose another model.`);
      const tests = asked.map(async ({ id }) => {
        const check = await servers.test(id);
        if (check.type === 'failed') failure = new ServerFailure(check.problem);
        const isThere = servers.withModel(name).some((server) => server.id === id);
        if (check.type !== 'ok' || !isThere) throw failure;
      });
      const works = await untilAborted(
        Promise.any(tests).then(
          () => true,
          () => false,
        ),
        signal,
      );
      signal.throwIfAborted();
      if (works !== true) throw failure;
      loadedModel = model.id;
    },

    async unload() {
      loadedModel = null;
    },

    async *generate(request, signal) {
      checkOptions(request.options ?? {});
      const known = servers.withModel(modelOf(request.model));
      const isFit = ({ kind }: ServerRecord): boolean => request.prefix === '' || continuesExactly(kind);
      let order = load.order(known).toSorted((a, b) => Number(isFit(b)) - Number(isFit(a)));
      let last: unknown = new AppError('host-lost', `No server offers ${request.model.label} any more.`);
      const latest = clock.now() + patienceMs;
      const freeAt = new Map<ServerRecord, number>();
      for (;;) {
        for (const server of order) {
          freeAt.delete(server);
          try {
            yield* ask(server, request, signal);
            return;
          } catch (error) {
            if (!(error instanceof ServerFailure)) throw error;
            if (error instanceof BusyServer) freeAt.set(server, error.freeAt);
            last = error;
          }
        }
        const [soonest] = [...freeAt].toSorted(([, a], [, b]) => a - b);
        if (!soonest || soonest[1] > latest) break;
        const wait = soonest[1] - clock.now();
        await untilAborted(new Promise<void>((resolve) => void clock.after(wait, resolve)), signal);
        if (signal.aborted) return;
        order = [soonest[0]];
      }
      // The next attempt asks all of them again whether they are there.
      loadedModel = null;
      throw last;
    },

    devicesOpened: 0,
    defaults: async () => sampling,
    missing: async () => null,
  };
}

/** Writes down a server's thoughts as models on this GPU write theirs. `prefix` may end in the middle of one. */
function makeThoughtMarks(prefix: string): (piece: ChatPiece & { text: string }) => string {
  let isThinking = splitThoughts(prefix).isThinking;
  return ({ type, text }) => {
    const wasThinking = isThinking;
    isThinking = type === 'thought';
    if (isThinking === wasThinking) return text;
    return isThinking ? `${thoughtBegin}\n${text}` : `\n${thoughtEnd}\n\n${text}`;
  };
}

const tooLong = (host: string): AppError =>
  new AppError('context-full', `This conversation is longer than ${host} allows. Start a new chat.`);

function refused(host: string, detail: string | null): AppError {
  const said = detail === null ? 'without saying why' : `: ${detail}`;
  return new AppError(
    'engine-failed',
    `${host} refused this request${said.startsWith(':') ? '' : ' '}${said}`,
  );
}
