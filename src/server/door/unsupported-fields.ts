import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';

/*
 * Fields that OpenAI's clients and vLLM's know, that would change the answer, and that no engine has. A value that asks
 * for nothing is let by: many clients send all of their settings.
 */

const refused = (message: string, ...asksForNothing: unknown[]) =>
  v.nullish(
    v.custom<unknown>((value) => asksForNothing.some((one) => isDeepStrictEqual(one, value)), message),
  );
const unsupported = (...asksForNothing: unknown[]) =>
  refused('No engine here supports this.', ...asksForNothing);
const ofChats = (...asksForNothing: unknown[]) => refused('Only chats have this.', ...asksForNothing);

/** Those of both kinds of request. */
export const unsupportedFields = {
  top_k: unsupported(-1, 0),
  min_p: unsupported(0),
  repetition_penalty: unsupported(1),
  min_tokens: unsupported(0),
  ignore_eos: unsupported(false),
  use_beam_search: unsupported(false),
  stop_token_ids: unsupported([]),
  guided_json: unsupported(),
  guided_regex: unsupported(),
  guided_choice: unsupported(),
  guided_grammar: unsupported(),
  structured_outputs: unsupported(),
};

export const unsupportedInChats = {
  tools: unsupported([]),
  tool_choice: unsupported('none', 'auto'),
  functions: unsupported([]),
  function_call: unsupported('none', 'auto'),
  audio: unsupported([]),
  modalities: unsupported([], ['text']),
  reasoning_effort: unsupported(),
  verbosity: unsupported('medium'),
  web_search_options: unsupported(),
  chat_template_kwargs: unsupported({}),
};

export const unsupportedInCompletions = {
  condition: ofChats(''),
  response_format: ofChats({ type: 'text' }),
  max_completion_tokens: ofChats(),
};
