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

/** Gives what writes a request's prompt, ready for all that its texts spell out: one writer for each condition. */
export type WriterFor = (
  request: Pick<GenerateRequest, 'turns' | 'prefix' | 'condition'>,
) => Promise<PromptWriter>;

export function makePromptWriters(options: PromptWritersOptions): WriterFor {
  const { template, encode, tokenizerFile } = options;
  const specialTokens = specialTokensOf(tokenizerFile, template.stop_token_ids);
  const writers = new Map<string | null, PromptWriter>();
  // Made for the first message that names a control token: few do, and it takes time and memory.
  let encodeLiteral: ((text: string) => number[]) | null = null;

  const makeWriter = (condition: string | null): PromptWriter =>
    makePromptWriter({
      template: withCondition(template, condition),
      encode,
      encodeLiteral: (text) => (encodeLiteral ?? encode)(text),
      specialTokens,
    });

  return async ({ turns, prefix, condition = null }) => {
    const texts = [prefix, ...turns.map(({ text }) => text)];
    if (texts.some((text) => spellsSpecialToken(text, specialTokens))) {
      encodeLiteral ??= await options.makeEncoder(withoutSpecialTokens(tokenizerFile, specialTokens));
    }
    const writer = writers.get(condition) ?? makeWriter(condition);
    writers.set(condition, writer);
    return writer;
  };
}
