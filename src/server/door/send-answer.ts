import type { Response } from 'express';
import type { AnswerEvent } from '../../shared/door.ts';
import type { Client } from './access.ts';
import { asApiError, fromCoreError, type ApiError } from './api-error.ts';
import type { Engines } from './engines.ts';
import type { Metrics } from './metrics.ts';
import { makeOpenAiAnswer, type Choice, type OpenAiAnswer, type Usage } from './openai-answer.ts';
import type { Wanted } from './openai-request.ts';

/** A comment now and then, so that nothing between the two ends takes a waiting stream for a dead one. */
const commentMs = 15_000;
/** Bytes that a slow reader may leave waiting here. */
const fullBytes = 8 * 1024 * 1024;

export interface AnswerTools {
  engines: Engines;
  metrics: Metrics;
  /** Answers that wait in the queue; kept by who reads the events. */
  queued: Set<unknown>;
}

/** Runs every choice of a request at once; in the queue they have their turns. Rejects with an `ApiError`; the others end then. */
async function runChoices(
  { engines, metrics, queued }: AnswerTools,
  client: Client,
  { bodies, isKept, model }: Wanted,
  found: string,
  signal: AbortSignal,
  onPiece: (index: number, piece: Choice) => void,
): Promise<Usage> {
  // The usual name means whichever model answers; any other one is kept to.
  const named = model === found ? model : null;
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const usage: Usage = { promptTokens: 0, completionTokens: 0 };
  const begun = performance.now();
  let hasText = false;
  const prompts = new Set<string>();

  async function run(index: number): Promise<void> {
    const body = bodies[index];
    if (!body) return;
    const mark = {};
    const onEvent = (event: AnswerEvent): void => {
      // What had come before another choice failed is still handed out, and nobody wants it any more.
      if (either.aborted) return;
      if (event.type === 'queued') queued.add(mark);
      else queued.delete(mark);
      switch (event.type) {
        case 'text': {
          if (!hasText) metrics.firstToken((performance.now() - begun) / 1000);
          hasText = true;
          const logprobs = body.options.topLogprobs === undefined ? null : (event.logprobs ?? []);
          onPiece(index, { text: event.text, logprobs, finishReason: null });
          break;
        }
        case 'done': {
          // The same prompt is counted once, however many answers it gets.
          const prompt = JSON.stringify(body.turns);
          if (!prompts.has(prompt)) usage.promptTokens += event.promptTokens;
          prompts.add(prompt);
          usage.completionTokens += event.completionTokens;
          onPiece(index, { text: '', logprobs: null, finishReason: event.finishReason });
          break;
        }
        case 'error':
          throw fromCoreError(event.code, event.message);
        default:
          break;
      }
    };
    try {
      for await (const event of engines.ask({ client, isKept, model: named, body }, either)) onEvent(event);
    } finally {
      queued.delete(mark);
    }
  }

  try {
    await Promise.all(bodies.map((_, index) => run(index)));
  } catch (error) {
    failed.abort();
    throw error;
  }
  return usage;
}

/** Answers with one JSON. */
export async function sendWhole(
  tools: AnswerTools,
  client: Client,
  wanted: Wanted,
  model: string,
  response: Response,
  signal: AbortSignal,
): Promise<Usage> {
  const choices = wanted.bodies.map((body, index): Choice => {
    const hasLogprobs = body.options.topLogprobs !== undefined;
    return { text: wanted.echoes[index] ?? '', logprobs: hasLogprobs ? [] : null, finishReason: null };
  });
  const usage = await runChoices(tools, client, wanted, model, signal, (index, piece) => {
    const choice = choices[index];
    if (!choice) return;
    choice.text += piece.text;
    choice.logprobs?.push(...(piece.logprobs ?? []));
    choice.finishReason ??= piece.finishReason;
  });
  if (!signal.aborted) response.json(makeOpenAiAnswer(wanted, model).whole(choices, usage));
  return usage;
}

/**
 * Answers with server-sent events. The status is sent with the first of them, so that what goes wrong before has its own; what
 * goes wrong after is an event of its own, and the stream ends without `[DONE]`.
 */
export async function sendStream(
  tools: AnswerTools,
  client: Client,
  wanted: Wanted,
  model: string,
  response: Response,
  signal: AbortSignal,
): Promise<Usage> {
  const answer = makeOpenAiAnswer(wanted, model);
  const stream = openStream(response, answer, wanted);
  const slow = new AbortController();
  const comment = setInterval(() => stream.comment(), commentMs);
  try {
    const usage = await runChoices(
      tools,
      client,
      wanted,
      model,
      AbortSignal.any([signal, slow.signal]),
      (index, piece) => {
        stream.piece(index, piece);
        if (response.writableLength <= fullBytes) return;
        slow.abort();
        response.destroy();
      },
    );
    if (signal.aborted || slow.signal.aborted) return usage;
    if (wanted.includesUsage) stream.data(answer.usage(usage));
    stream.end();
    return usage;
  } catch (error) {
    const failure = asApiError(error);
    if (!response.headersSent) throw failure;
    stream.fail(failure);
    throw failure;
  } finally {
    clearInterval(comment);
  }
}

function openStream(response: Response, answer: OpenAiAnswer, { echoes, bodies }: Wanted) {
  const lengths = bodies.map(() => -1);
  // A write that comes too late is told of here; without a listener it would end the process.
  response.on('error', () => response.destroy());

  function begin(): void {
    if (response.headersSent) return;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  }
  function data(value: unknown): void {
    if (response.writableEnded || response.destroyed) return;
    begin();
    response.write(`data: ${JSON.stringify(value)}\n\n`);
  }

  return {
    data,
    comment() {
      begin();
      response.write(': waiting\n\n');
    },
    piece(index: number, piece: Choice) {
      if (lengths[index] === -1) {
        const first = answer.first(index);
        if (first) data(first);
        const echo = echoes[index] ?? '';
        if (echo !== '') data(answer.piece(index, { text: echo, logprobs: null, finishReason: null }, 0));
        lengths[index] = echo.length;
      }
      data(answer.piece(index, piece, lengths[index] ?? 0));
      lengths[index] = (lengths[index] ?? 0) + piece.text.length;
    },
    fail(error: ApiError) {
      data(error.view);
      response.end();
    },
    end() {
      begin();
      response.end('data: [DONE]\n\n');
    },
  };
}
