import type { TokenLogprob } from '../../shared/door.ts';
import { AppError } from '../../shared/errors.ts';
import { buildPrompt } from './build-prompt.ts';
import type { EngineEvent, GenerateRequest } from './engine.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { Logits, SampledLogprob, Sampler } from './pipeline.ts';
import { makeReplyText } from './reply-text.ts';
import type { SpelledLogprob } from './token-logprobs.ts';

/** One answer, token by token. Between two tokens nothing runs and nothing is locked, so a caller may stop pulling at any time. */
export async function* writeReply(
  loaded: LoadedModel,
  request: GenerateRequest,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, void> {
  const { pipeline, reader } = loaded;
  const { options = {} } = request;
  const { maxTokens, seed } = request.sampling;
  const writer = await loaded.writerFor(request);
  const sampler = samplerFor(request, pipeline.vocabularySize);
  const { stop_str: ownStops, stop_token_ids: stopIds } = pipeline.config.template;
  const stops = [...ownStops, ...(options.stop ?? [])];
  const { ids, opening, written: before, firstTurn } = buildPrompt(writer, pipeline.contextWindow, request);
  yield { type: 'start', firstTurn, promptTokens: ids.length, readTokens: reader.missing(ids) };

  // The beginning of an answer has no space before it; what goes on with a text has all of its own.
  const followsText = options.isPlain === true && request.turns.some((turn) => turn.text !== '');
  const context = followsText ? ids : request.prefix === '' ? [] : opening;
  const text = makeReplyText({ decode: pipeline.decode, before: context, stops });
  const made: number[] = [];
  let written = request.prefix;
  // JSON has no thoughts before it.
  const hasMark = request.prefix === '' && options.isPlain !== true && options.jsonSchema === undefined;
  let mark = hasMark ? writer.begun : '';
  // Tokens that are in no event yet.
  let tokens = 0;
  let logprobs: TokenLogprob[] = [];
  const sample = (logits: Logits): Promise<number> => pipeline.sample(logits, sampler);
  try {
    const begun = await loaded.step(async () => {
      const logits = await reader.read(ids, signal);
      if (!logits) return null;
      try {
        await pipeline.startAnswer(seed, options.jsonSchema);
        pipeline.noteBeginning(before, request.prefix);
      } catch (error) {
        logits.dispose();
        throw error;
      }
      return sample(logits);
    });
    for (let next = begun; next !== null && !signal.aborted;) {
      const id = next;
      let finishReason: 'stop' | 'length' | null = stopIds.includes(id) ? 'stop' : null;
      let piece = '';
      if (finishReason === null) {
        made.push(id);
        tokens += 1;
        pipeline.noteToken(id);
        const logprob = pipeline.takeLogprob(context.length === 0 && made.length === 1);
        if (logprob) logprobs.push(asTokenLogprob(logprob, options.topLogprobs ?? 0));
        piece = text.add(id);
        if (text.isStopped) finishReason = 'stop';
        else if (made.length >= maxTokens || reader.length >= pipeline.contextWindow) finishReason = 'length';
      }
      if (finishReason !== null) piece += text.rest();
      if (piece !== '') {
        piece = mark + piece;
        mark = '';
      }
      if (piece !== '' || (finishReason !== null && tokens > 0)) {
        written += piece;
        yield { type: 'text', text: piece, tokens, ...(logprobs.length > 0 && { logprobs }) };
        tokens = 0;
        logprobs = [];
      }
      if (finishReason !== null) {
        yield { type: 'done', finishReason };
        return;
      }
      if (!signal.aborted) next = await loaded.step(async () => sample(await reader.append(id)));
    }
  } finally {
    // web-llm frees the tokenizer of a model that has lost its device.
    if (loaded.isUsable && text.isWhole && !options.isPlain) writer.remember(written, [...opening, ...made]);
  }
}

/** web-llm writes past the end of its buffers for a token that the model does not have. */
function samplerFor({ sampling, options = {} }: GenerateRequest, vocabularySize: number): Sampler {
  const { frequencyPenalty, presencePenalty, logitBias, topLogprobs } = options;
  const tokens = Object.keys(logitBias ?? {});
  const unknown = tokens.find((token) => Number(token) >= vocabularySize);
  if (unknown !== undefined) {
    throw new AppError('bad-input', `This model has no token ${unknown}: it has ${vocabularySize}.`);
  }
  return {
    temperature: sampling.temperature,
    top_p: Math.max(sampling.topP, 1e-5),
    ...(frequencyPenalty !== undefined && { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty !== undefined && { presence_penalty: presencePenalty }),
    ...(logitBias && tokens.length > 0 && { logit_bias: logitBias }),
    ...(topLogprobs !== undefined && { logprobs: true, top_logprobs: Math.max(1, topLogprobs) }),
  };
}

/** The logarithm of a probability that is zero in single precision; JSON has no infinity. */
const least = -9999;

function asTokenLogprob({ top, ...token }: SampledLogprob, alternatives: number): TokenLogprob {
  const told = (one: SpelledLogprob): SpelledLogprob => ({ ...one, logprob: Math.max(least, one.logprob) });
  return { ...told(token), top: top.slice(0, alternatives).map(told) };
}
