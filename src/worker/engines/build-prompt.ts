import { AppError } from '../../shared/errors.ts';
import { firstTurnThatFits } from './context-fit.ts';
import type { GenerateRequest, Measured } from './engine.ts';
import type { PromptWriter } from './prompt-writer.ts';

export interface Prompt {
  ids: number[];
  /** The last of them: the answer's beginning. */
  opening: number[];
  /** The last of those: what the answer already says. */
  written: number[];
  firstTurn: number;
}

type Asked = Pick<GenerateRequest, 'turns' | 'prefix' | 'sampling' | 'options' | 'isWhole'>;

/** The parts of a prompt as tokens, and which of the turns have room. */
function layOut(writer: PromptWriter, contextWindow: number, asked: Asked) {
  const { turns, prefix, sampling, isWhole = false } = asked;
  const head = writer.head();
  const encoded = writer.turns(turns);
  const opening = writer.opening(prefix);
  const emptyOpening = prefix === '' ? opening : writer.opening('');
  const firstTurn = isWhole
    ? 0
    : firstTurnThatFits({
        head: head.length,
        turns: turns.map(({ role }, index) => ({ role, tokens: encoded[index]?.length ?? 0 })),
        emptyOpening: emptyOpening.length,
        opening: opening.length,
        contextWindow,
        reserve: Math.min(sampling.maxTokens, Math.floor(contextWindow / 4)),
      });
  return { head, encoded, opening, written: opening.slice(emptyOpening.length), firstTurn };
}

/** How long a conversation is, and from where on the model would see it. */
export function measurePrompt(writer: PromptWriter, contextWindow: number, asked: Asked): Measured {
  const { head, encoded, opening, firstTurn } = layOut(writer, contextWindow, asked);
  const inTurns = encoded.reduce((sum, ids) => sum + ids.length, 0);
  // An answer follows a question only.
  const ending = asked.turns.at(-1)?.role === 'user' ? opening.length : 0;
  return { tokens: head.length + inTurns + ending, contextWindow, firstTurn };
}

/**
 * A conversation as far as it has gone, without the beginning of an answer: what every next prompt begins with. Null when it does
 * not fit as a whole, for then the next prompt begins elsewhere.
 */
export function conversationIds(
  writer: PromptWriter,
  contextWindow: number,
  { turns }: Pick<Asked, 'turns'>,
): number[] | null {
  const sampling = { temperature: 0, topP: 1, maxTokens: contextWindow, seed: null };
  const { head, encoded, firstTurn } = layOut(writer, contextWindow, { turns, prefix: '', sampling });
  const [oldest] = turns;
  if (firstTurn > 0 || !oldest) return null;
  const ids = [...head, ...writer.firstTurn(oldest), ...encoded.slice(1).flat()];
  // What has room was counted up to the last question; the answer to it may be that of a larger model.
  return ids.length < contextWindow ? ids : null;
}

/** A request as tokens, without the turns for which the context has no room. */
export function buildPrompt(writer: PromptWriter, contextWindow: number, asked: Asked): Prompt {
  const prompt = asked.options?.isPlain
    ? plainPrompt(writer, asked)
    : chatPrompt(writer, contextWindow, asked);
  const { length } = prompt.ids;
  if (length >= contextWindow) {
    const message = asked.isWhole ? 'conversation' : 'message';
    const what = asked.prefix === '' ? `This ${message} takes` : `The ${message} and its answer take`;
    throw new AppError(
      'context-full',
      `${what} ${length} tokens, and the model can hold ${contextWindow} in all. Shorten it, or choose a model with a longer context.`,
    );
  }
  return prompt;
}

function chatPrompt(writer: PromptWriter, contextWindow: number, asked: Asked): Prompt {
  const { head, encoded, opening, written, firstTurn } = layOut(writer, contextWindow, asked);
  const oldest = asked.turns[firstTurn];
  const first = oldest ? writer.firstTurn(oldest) : [];
  const ids = [...head, ...first, ...encoded.slice(firstTurn + 1).flat(), ...opening];
  return { ids, opening, written, firstTurn };
}

function plainPrompt(writer: PromptWriter, { turns, prefix }: Asked): Prompt {
  const text = turns.map((turn) => turn.text).join('');
  const ids = writer.plain(text + prefix);
  const written = prefix === '' ? [] : ids.slice(writer.plain(text).length);
  return { ids, opening: written, written, firstTurn: 0 };
}
