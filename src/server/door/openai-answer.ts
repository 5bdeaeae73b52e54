import { randomUUID } from 'node:crypto';
import type { TokenLogprob } from '../../shared/door.ts';
import type { Wanted } from './openai-request.ts';

/** One choice of an answer, as far as it is written. */
export interface Choice {
  text: string;
  logprobs: TokenLogprob[] | null;
  finishReason: 'stop' | 'length' | null;
}

export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

const usageOf = ({ promptTokens, completionTokens }: Usage) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});

const chatLogprobs = (logprobs: TokenLogprob[] | null) =>
  logprobs && {
    content: logprobs.map(({ top, ...token }) => ({ ...token, top_logprobs: top })),
    refusal: null,
  };

/** `offset` is where the text of these tokens begins, in characters. */
function textLogprobs(logprobs: TokenLogprob[] | null, offset: number) {
  if (logprobs === null) return null;
  const offsets: number[] = [];
  let at = offset;
  for (const { token } of logprobs) {
    offsets.push(at);
    at += token.length;
  }
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map((one) => [one.token, one.logprob]))),
    text_offset: offsets,
  };
}

/** The answer to one request in OpenAI's shapes: whole, or piece by piece. */
export function makeOpenAiAnswer({ kind, includesUsage }: Wanted, model: string) {
  const id = `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`;
  const created = Math.floor(Date.now() / 1000);
  const frame = (object: string) => ({ id, object, created, model });
  const pieceObject = kind === 'chat' ? 'chat.completion.chunk' : 'text_completion';
  const noUsage = includesUsage ? { usage: null } : {};

  return {
    whole(choices: Choice[], usage: Usage) {
      return {
        ...frame(kind === 'chat' ? 'chat.completion' : 'text_completion'),
        choices: choices.map(({ text, logprobs, finishReason }, index) =>
          kind === 'chat'
            ? {
                index,
                message: { role: 'assistant', content: text, refusal: null },
                logprobs: chatLogprobs(logprobs),
                finish_reason: finishReason,
              }
            : { index, text, logprobs: textLogprobs(logprobs, 0), finish_reason: finishReason },
        ),
        usage: usageOf(usage),
      };
    },

    /** A chat begins each choice with the name of who speaks. */
    first: (index: number) =>
      kind === 'chat'
        ? {
            ...frame(pieceObject),
            choices: [
              { index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
            ],
            ...noUsage,
          }
        : null,

    /** `offset` is how long the choice's text is before this piece. */
    piece(index: number, { text, logprobs, finishReason }: Choice, offset: number) {
      const choice =
        kind === 'chat'
          ? {
              index,
              delta: text === '' ? {} : { content: text },
              logprobs: chatLogprobs(logprobs),
              finish_reason: finishReason,
            }
          : { index, text, logprobs: textLogprobs(logprobs, offset), finish_reason: finishReason };
      return { ...frame(pieceObject), choices: [choice], ...noUsage };
    },

    usage: (usage: Usage) => ({ ...frame(pieceObject), choices: [], usage: usageOf(usage) }),
  };
}
export type OpenAiAnswer = ReturnType<typeof makeOpenAiAnswer>;
