import type { ConversationTemplate } from '../models/chat-config.ts';
import { withCondition } from '../models/conditions.ts';
import type { GenerateRequest } from './engine.ts';
import type { Pipeline } from './pipeline.ts';
import { makePromptWriter, type PromptWriter } from './prompt-writer.ts';
import { specialTokensOf, spellsSpecialToken, withoutSpecialTokens } from './special-tokens.ts';

export interface PromptWritersOptions extends Pick<Pipeline, 'encode' | 'makeEncoder'> {
  template: ConversationTemplate;
  /** The contents of the model's tokenizer.json. */
  tokenizerFile: unknown;
}

/** Gives what writes a request's prompt, ready for all that its texts spell out: one writer for each condition and system message. */
export type WriterFor = (
  request: Pick<GenerateRequest, 'turns' | 'prefix' | 'condition' | 'options'>,
) => Promise<PromptWriter>;

/** Each keeps the tokens of its last conversation: the few last used are enough. */
const maxWriters = 4;

export function makePromptWriters(options: PromptWritersOptions): WriterFor {
  const { template, encode, tokenizerFile } = options;
  const specialTokens = specialTokensOf(tokenizerFile, template.stop_token_ids);
  const writers = new Map<string, PromptWriter>();
  // Made for the first message that names a control token: few do, and it takes time and memory.
  let encodeLiteral: ((text: string) => number[]) | null = null;

  function makeWriter(condition: string | null, system: string | undefined): PromptWriter {
    const worded = withCondition(template, condition);
    return makePromptWriter({
      template: system === undefined ? worded : { ...worded, system_message: system },
      encode,
      encodeLiteral: (text) => (encodeLiteral ?? encode)(text),
      specialTokens,
    });
  }

  return async ({ turns, prefix, condition = null, options: { system } = {} }) => {
    const texts = [prefix, system ?? '', ...turns.map(({ text }) => text)];
    if (texts.some((text) => spellsSpecialToken(text, specialTokens))) {
      encodeLiteral ??= await options.makeEncoder(withoutSpecialTokens(tokenizerFile, specialTokens));
    }
    const key = JSON.stringify([condition, system]);
    const writer = writers.get(key) ?? makeWriter(condition, system);
    // Moved to the end: the longest unused goes first.
    writers.delete(key);
    writers.set(key, writer);
    const [oldest] = writers.keys();
    if (writers.size > maxWriters && oldest !== undefined) writers.delete(oldest);
    return writer;
  };
}
