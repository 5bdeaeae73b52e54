import { buildPrompt } from './build-prompt.ts';
import type { EngineEvent, GenerateRequest } from './engine.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { Logits } from './pipeline.ts';
import { makeReplyText } from './reply-text.ts';

/** One answer, token by token. Between two tokens nothing runs and nothing is locked, so a caller may stop pulling at any time. */
export async function* writeReply(
  loaded: LoadedModel,
  request: GenerateRequest,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, void> {
  const { pipeline, reader } = loaded;
  const writer = await loaded.writerFor(request);
  const { temperature, topP, maxTokens, seed } = request.sampling;
  const { stop_str: stops, stop_token_ids: stopIds } = pipeline.config.template;
  const { ids, opening, firstTurn } = buildPrompt(writer, pipeline.contextWindow, request);
  yield { type: 'start', firstTurn, promptTokens: ids.length, readTokens: reader.missing(ids) };

  const isContinued = request.prefix !== '';
  const before = isContinued ? opening : [];
  const text = makeReplyText({ decode: pipeline.decode, before, stops });
  const made: number[] = [];
  let written = request.prefix;
  // Tokens that are in no event yet.
  let tokens = 0;
  const sample = (logits: Logits): Promise<number> => pipeline.sample(logits, { temperature, top_p: topP });
  try {
    const begun = await loaded.step(async () => {
      const logits = await reader.read(ids, signal);
      if (!logits) return null;
      pipeline.startAnswer(seed);
      opening.slice(writer.opening('').length).forEach(pipeline.noteToken);
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
        piece = text.add(id);
        if (text.isStopped) finishReason = 'stop';
        else if (made.length >= maxTokens || reader.length >= pipeline.contextWindow) finishReason = 'length';
      }
      if (finishReason !== null) piece += text.rest();
      if (piece !== '' || (finishReason !== null && tokens > 0)) {
        written += piece;
        yield { type: 'text', text: piece, tokens };
        tokens = 0;
      }
      if (finishReason !== null) {
        yield { type: 'done', finishReason };
        return;
      }
      if (!signal.aborted) next = await loaded.step(async () => sample(await reader.append(id)));
    }
  } finally {
    // web-llm frees the tokenizer of a model that has lost its device.
    if (loaded.isUsable && text.isWhole) writer.remember(written, [...opening, ...made]);
  }
}
