import type { ServerKind } from '../../../shared/servers-state.ts';
import type { GenerateRequest } from '../engine.ts';

/**
 * Servers that go on exactly where an unfinished answer ends. vLLM and SGLang do when asked
 * (`continue_final_message`), llama.cpp's server by itself. Of the others it is not known.
 */
const continues: Partial<Record<ServerKind, object>> = {
  vllm: { continue_final_message: true, add_generation_prompt: false },
  sglang: { continue_final_message: true },
  llamacpp: {},
};

export const continuesExactly = (kind: ServerKind): boolean => kind in continues;

/** What a server turned out not to take; learned from its refusals, for as long as the core lives. */
export type Quirk = 'stream_options' | 'seed' | 'max_tokens' | 'max_completion_tokens';

/** The body of a chat completion, without what this server does not take. */
export function chatBody(
  model: string,
  kind: ServerKind,
  { turns, prefix, sampling }: Pick<GenerateRequest, 'turns' | 'prefix' | 'sampling'>,
  quirks: ReadonlySet<Quirk>,
): string {
  const messages = turns.map(({ role, text }) => ({ role, content: text }));
  // An unfinished answer can only be shown as the last message.
  if (prefix !== '') messages.push({ role: 'assistant', content: prefix });
  // The older name is what nearly all servers know; OpenAI's newest models take only the newer one.
  const limit = quirks.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
  return JSON.stringify({
    model,
    messages,
    stream: true,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    [limit]: sampling.maxTokens,
    ...(sampling.seed === null || quirks.has('seed') ? {} : { seed: sampling.seed }),
    ...(quirks.has('stream_options') ? {} : { stream_options: { include_usage: true } }),
    ...(prefix === '' ? {} : continues[kind]),
  });
}

/** The field that a server refused, if this can be asked without it. `refused` is its own sentence. */
export function quirkIn(refused: string, known: ReadonlySet<Quirk>): Quirk | null {
  const candidates: Quirk[] = ['stream_options', 'max_tokens', 'seed'];
  return candidates.find((quirk) => refused.includes(quirk) && !known.has(quirk)) ?? null;
}

/** A refusal whose reason is the length of the conversation, in the words of several servers. */
export const isAboutLength = (refused: string): boolean =>
  /context (?:length|size|window)|maximum context|too many tokens|exceed\w* (?:the )?(?:available )?context|prompt is too long/i.test(
    refused,
  );
