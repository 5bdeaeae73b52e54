import { expose } from 'comlink';
import { keepErrorCodes } from '../../../src/shared/comlink-errors.ts';
import { asAppError, isAbort, type ErrorCode } from '../../../src/shared/errors.ts';
import type { LoadPhase } from '../../../src/shared/engine-state.ts';
import type { EngineEvent, GenerateRequest, LoadProgress, Turn } from '../../../src/worker/engines/engine.ts';
import { makeWebgpuEngine } from '../../../src/worker/engines/webgpu-engine.ts';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';

export interface Asked {
  turns: Turn[];
  prefix?: string;
  maxTokens?: number;
  temperature?: number;
  seed?: number;
  options?: GenerateRequest['options'];
  /** After so many tokens the signal is aborted, or the device destroyed. */
  abortAfter?: number;
  loseAfter?: number;
}

export interface Answered {
  events: EngineEvent[];
  text: string;
  tokens: number;
  error: { code: ErrorCode; message: string; cause: string } | null;
  /** Milliseconds: to the first token, from there to the end, and from the abort or loss to the end. */
  readMs: number;
  writeMs: number;
  endMs: number | null;
}

// The engine keeps its device to itself; a test that takes it away has to see it opened.
const devices: GPUDevice[] = [];
const open = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function seen(this: GPUAdapter, descriptor) {
  const device = await open.call(this, descriptor);
  devices.push(device);
  return device;
};

const catalogue = makeCatalogue(new URL('/', location.href));
const engine = makeWebgpuEngine({ catalogue });
const model = catalogue.builtIn;

async function load(
  cancelIn?: LoadPhase,
): Promise<{ progress: LoadProgress[]; outcome: string; ms: number }> {
  const controller = new AbortController();
  const progress: LoadProgress[] = [];
  const begun = performance.now();
  const outcome = await engine
    .load(model, {
      signal: controller.signal,
      onProgress(next) {
        progress.push(next);
        if (next.phase === cancelIn) controller.abort();
      },
    })
    .then(
      () => 'loaded',
      (error: unknown) => (isAbort(error) ? 'aborted' : String(error)),
    );
  return { progress, outcome, ms: performance.now() - begun };
}

async function generate(asked: Asked): Promise<Answered> {
  const controller = new AbortController();
  const answer: Answered = {
    events: [],
    text: '',
    tokens: 0,
    error: null,
    readMs: 0,
    writeMs: 0,
    endMs: null,
  };
  const sampling = {
    temperature: asked.temperature ?? 0,
    topP: 1,
    maxTokens: asked.maxTokens ?? 1000,
    seed: asked.seed ?? null,
  };
  const begun = performance.now();
  let first = begun;
  let ended: number | null = null;
  try {
    const { turns, prefix = '', options = {} } = asked;
    const request = { model, turns, prefix, sampling, options };
    if (asked.abortAfter === 0) controller.abort();
    for await (const event of engine.generate(request, controller.signal)) {
      answer.events.push(event);
      if (event.type !== 'text') continue;
      if (answer.tokens === 0) first = performance.now();
      answer.text += event.text;
      answer.tokens += event.tokens;
      if (ended !== null) continue;
      if (answer.tokens === asked.abortAfter) {
        ended = performance.now();
        controller.abort();
      }
      if (answer.tokens === asked.loseAfter) {
        ended = performance.now();
        devices.at(-1)?.destroy();
      }
    }
  } catch (error) {
    const { code, message, cause } = asAppError(error, 'bad-input', 'Not an AppError.');
    answer.error = { code, message, cause: String(cause) };
  }
  const now = performance.now();
  return {
    ...answer,
    readMs: first - begun,
    writeMs: now - first,
    endMs: ended === null ? null : now - ended,
  };
}

const api = {
  load,
  generate,
  unload: () => engine.unload(),
  readAhead: (turns: Turn[]) => engine.readAhead?.({ model, turns }, new AbortController().signal),
  /** A question comes before all of it is read. */
  askWhileReading: async (turns: Turn[], asked: Asked) => {
    const reading = engine.readAhead?.({ model, turns }, new AbortController().signal);
    const answered = await generate(asked);
    await reading;
    return answered;
  },
  state: () => ({ loadedModel: engine.loadedModel, devicesOpened: engine.devicesOpened }),
  missing: () => engine.missing(model),
  defaults: () => engine.defaults(model),
  /** A second call goes nowhere before the load it meets is through. */
  unloadWhileAnswering: async (asked: Asked) => {
    const answering = generate(asked);
    await engine.unload();
    return answering;
  },
};
export type EngineApi = typeof api;

keepErrorCodes();
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) expose(api, port);
});
