import { AppError } from '../../shared/errors.ts';
import { firstTurnThatFits } from './context-fit.ts';
import type { GenerateRequest } from './engine.ts';
import type { PromptWriter } from './prompt-writer.ts';

export interface Prompt {
  ids: number[];
  /** The last of them: the answer's beginning. */
  opening: number[];
  /** The last of those: what the answer already says. */
  written: number[];
  firstTurn: number;
}

/** A request as tokens, without the turns for which the context has no room. */
export function buildPrompt(
  writer: PromptWriter,
  contextWindow: number,
  request: Pick<GenerateRequest, 'turns' | 'prefix' | 'sampling' | 'options'>,
): Prompt {
  const prompt = request.options?.isPlain
    ? plainPrompt(writer, request)
    : chatPrompt(writer, contextWindow, request);
  const length = prompt.ids.length;
  if (length >= contextWindow) {
    const what = request.prefix === '' ? 'This message takes' : 'The message and its answer take';
    throw new AppError(
      'context-full',
      `${what} ${length} tokens, and the model can hold ${contextWindow} in all. Shorten it, or choose a model with a longer context.`,
    );
  }
  return prompt;
}

function plainPrompt(
  writer: PromptWriter,
  { turns, prefix }: Pick<GenerateRequest, 'turns' | 'prefix'>,
): Prompt {
  const text = turns.map((turn) => turn.text).join('');
  const ids = writer.plain(text + prefix);
  const written = prefix === '' ? [] : ids.slice(writer.plain(text).length);
  return { ids, opening: written, written, firstTurn: 0 };
}

function chatPrompt(
  writer: PromptWriter,
  contextWindow: number,
  { turns, prefix, sampling }: Pick<GenerateRequest, 'turns' | 'prefix' | 'sampling'>,
): Prompt {
  const head = writer.head();
  const encoded = writer.turns(turns);
  const opening = writer.opening(prefix);
  const firstTurn = firstTurnThatFits({
    head: head.length,
    turns: turns.map(({ role }, index) => ({ role, tokens: encoded[index]?.length ?? 0 })),
    emptyOpening: writer.opening('').length,
    opening: opening.length,
    contextWindow,
    reserve: Math.min(sampling.maxTokens, Math.floor(contextWindow / 4)),
  });
  const oldest = turns[firstTurn];
  const first = oldest ? writer.firstTurn(oldest) : [];
  const ids = [...head, ...first, ...encoded.slice(firstTurn + 1).flat(), ...opening];
  return { ids, opening, written: opening.slice(writer.opening('').length), firstTurn };
}
