import type { ServerKind } from '../../../shared/servers-state.ts';
import type { GenerateOptions } from '../../../shared/door.ts';
import { AppError } from '../../../shared/errors.ts';
import type { GenerateRequest, Turn } from '../engine.ts';

/**
 * Servers that go on exactly where an unfinished answer ends. vLLM and SGLang do when asked
 * (`continue_final_message`), llama.cpp's server and Hearth's own by themselves. Of the others it is not known.
 */
const continues: Partial<Record<ServerKind, object>> = {
  vllm: { continue_final_message: true, add_generation_prompt: false },
  sglang: { continue_final_message: true },
  llamacpp: {},
  hearth: {},
};

export const continuesExactly = (kind: ServerKind): boolean => kind in continues;

/** What a server's model turned out not to take; learned from its refusals, for as long as the core lives. */
export type Quirk = 'stream_options' | 'seed' | 'max_tokens' | 'temperature' | 'top_p';

/** What only a model on this device's own GPU can do. Throws `bad-input`. */
export function checkOptions({ isPlain, topLogprobs }: GenerateOptions): void {
  if (isPlain)
    throw new AppError('bad-input', 'A server of others is asked for chats only, not for plain completions.');
  if (topLogprobs !== undefined)
    throw new AppError('bad-input', 'Probabilities of a server’s tokens are not read.');
}

/** In OpenAI's words. */
const optionFields = ({
  stop,
  frequencyPenalty,
  presencePenalty,
  logitBias,
  jsonSchema,
}: GenerateOptions): object => ({
  stop,
  frequency_penalty: frequencyPenalty,
  presence_penalty: presencePenalty,
  logit_bias: logitBias,
  ...(jsonSchema !== undefined && {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: JSON.parse(jsonSchema) as unknown },
    },
  }),
});

/**
 * What was said, but for answers that say nothing. The questions before and after one are a single turn: many templates want turns
 * to alternate.
 */
function messagesOf(turns: Turn[]): { role: string; content: string }[] {
  const messages: { role: string; content: string }[] = [];
  turns.forEach(({ role, text }, index) => {
    if (role === 'assistant' && text === '') return;
    const last = messages.at(-1);
    const isAfterNothing = turns[index - 1]?.role === 'assistant' && last?.role === 'user';
    if (role === 'user' && isAfterNothing) last.content += `\n\n${text}`;
    else messages.push({ role, content: text });
  });
  return messages;
}

/** The body of a chat completion, without what this server does not take. `limit`: the answer may be as long as there is room. */
export function chatBody(
  model: string,
  kind: ServerKind,
  { turns, prefix, sampling, condition = null, options = {} }: Omit<GenerateRequest, 'model'>,
  without: ReadonlySet<Quirk | 'limit'>,
): string {
  const said = messagesOf(turns);
  const messages =
    options.system === undefined ? said : [{ role: 'system', content: options.system }, ...said];
  // An unfinished answer can only be shown as the last message.
  if (prefix !== '') messages.push({ role: 'assistant', content: prefix });
  // The older name is what nearly all servers know; OpenAI's newest models take only the newer one.
  const limit = without.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
  return JSON.stringify({
    model,
    messages,
    stream: true,
    ...(without.has('temperature') ? {} : { temperature: sampling.temperature }),
    ...(without.has('top_p') ? {} : { top_p: sampling.topP }),
    ...(without.has('limit') ? {} : { [limit]: sampling.maxTokens }),
    ...(sampling.seed === null || without.has('seed') ? {} : { seed: sampling.seed }),
    ...(without.has('stream_options') ? {} : { stream_options: { include_usage: true } }),
    ...(prefix === '' ? {} : continues[kind]),
    // OpenChat's server has it; others let it by.
    ...(condition === null ? {} : { condition }),
    ...optionFields(options),
  });
}

/** The field that a server refused, if this can be asked without it. `refused` is its own sentence. */
export function quirkIn(refused: string, known: ReadonlySet<Quirk>): Quirk | null {
  const candidates: Quirk[] = ['stream_options', 'max_tokens', 'seed'];
  // OpenAI's reasoning models have a sampling of their own. A value that is out of range is for the person to change.
  if (/support|both/i.test(refused)) candidates.push('top_p', 'temperature');
  return candidates.find((quirk) => refused.includes(quirk) && !known.has(quirk)) ?? null;
}

/** A refusal whose reason is the length of the conversation, in the words of several servers. */
export const isAboutLength = (refused: string): boolean =>
  /context (?:length|size|window)|maximum context|too many tokens|exceed\w* (?:the )?(?:available )?context|prompt is too long/i.test(
    refused,
  );
