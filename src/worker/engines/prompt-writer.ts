import { thoughtBegin } from '../../shared/thoughts.ts';
import type { ConversationTemplate } from '../models/chat-config.ts';
import type { Turn } from './engine.ts';
import { specialSpan, spellsSpecialToken } from './special-tokens.ts';

export interface PromptWriterOptions {
  template: ConversationTemplate;
  encode(text: string): number[];
  /** The same, but special tokens are spelled out. Called only for text that has some. */
  encodeLiteral(text: string): number[];
  specialTokens: string[];
}

/** Writes conversations as tokens, in the words of a model's conversation template. */
export interface PromptWriter {
  /**
   * What the template writes of every answer before the model does, where that opens its thoughts, as Qwen3.5's does; else empty.
   * It is part of the answer's text: `opening` expects it in the prefix, and earlier answers have it only with their thoughts.
   */
  readonly begun: string;
  /** What stands before the first turn. */
  head(): number[];
  turns(turns: Turn[]): number[][];
  /** The same turn where it follows the head: some templates leave out its name there. */
  firstTurn(turn: Turn): number[];
  /** The beginning of the answer: the model's name, and what the answer already says. */
  opening(prefix: string): number[];
  /** A text without any template. */
  plain(text: string): number[];
  /**
   * Keeps the tokens in which an answer was really generated, opening and all. A tokenizer may cut the same text in
   * another way, and then the KV cache could not be used again.
   */
  remember(answer: string, ids: number[]): void;
}

/** Any letter. */
const sentinel = 'a';

const placeholders = { user: '{user_message}', assistant: '{assistant_message}' };

/** What a template has before and after a text. Of functions no model is told anything here. */
function around(template: string, placeholder: string): [before: string, after: string] {
  const [before = '', after = ''] = template.replaceAll('{function_string}', '').split(placeholder);
  return [before, after];
}

export function makePromptWriter(options: PromptWriterOptions): PromptWriter {
  const { template, encode, specialTokens } = options;
  const { roles, role_templates: roleTemplates } = template;
  const emptyOpening = roles.assistant + template.role_empty_sep;
  const begun = emptyOpening.trimEnd().endsWith(thoughtBegin)
    ? emptyOpening.slice(emptyOpening.lastIndexOf(thoughtBegin))
    : '';
  const hasSystem = template.system_message !== '' || template.render_empty_system_message;
  // Turns of the last conversation, so that a long one is not encoded again for every answer.
  let known = new Map<string, number[]>();
  let last: { text: string; ids: number[] } | null = null;

  const keyOf = ({ role, text }: Turn): string => `${role}:${text}`;

  // web-llm takes the separators in turn, beginning with a person's message; here they go by role, which is the same.
  const separatorAfter = (role: Turn['role']): string =>
    template.seps[role === 'assistant' ? 1 : 0] ?? template.seps[0] ?? '';

  /** What a person typed can neither end their turn nor begin another's: only the template's special tokens are tokens. */
  function encodeAround(before: string, text: string, after: string): number[] {
    const { end } = specialSpan(before, specialTokens);
    const { begin } = specialSpan(after, specialTokens);
    const literal = before.slice(end) + text + after.slice(0, begin);
    if (!spellsSpecialToken(literal, specialTokens)) return encode(before + text + after);
    return [
      ...encode(before.slice(0, end)),
      ...options.encodeLiteral(literal),
      ...encode(after.slice(begin)),
    ];
  }

  /** The name before a text that is there. */
  function nameOf(role: Turn['role']): string {
    const name = roles[role] + template.role_content_sep;
    return role === 'assistant' && name.endsWith(begun) ? name.slice(0, name.length - begun.length) : name;
  }

  const templateOf = (role: Turn['role']): [before: string, after: string] =>
    around(roleTemplates?.[role] ?? placeholders[role], placeholders[role]);

  function encodeTurn({ role, text }: Turn, name = nameOf(role)): number[] {
    // An answer that was stopped before its first word would teach the model to say nothing.
    if (role === 'assistant' && text === '') return [];
    const [before, after] = templateOf(role);
    return encodeAround(name + before, text, after + separatorAfter(role));
  }

  /**
   * A text that is going to go on. Many tokenizers join line ends only at the end of a text, so it is encoded with something
   * after them: otherwise the model would not find the tokens that it writes itself.
   */
  function encodeBeginning(before: string, text: string): number[] {
    if (!text.endsWith('\n')) return encodeAround(before, text, '');
    const longer = encodeAround(before, text, sentinel);
    const [only, ...more] = encode(sentinel);
    const isApart = more.length === 0 && longer.at(-1) === only;
    return isApart ? longer.slice(0, -1) : encodeAround(before, text, '');
  }

  return {
    begun,

    head() {
      const [before, after] = around(template.system_template, '{system_message}');
      const ids = hasSystem ? encodeAround(before, template.system_message, after) : [];
      return [...template.system_prefix_token_ids, ...ids];
    },

    plain: (text) => [...template.system_prefix_token_ids, ...encodeAround('', text, '')],

    turns(turns) {
      const used = new Map<string, number[]>();
      for (const turn of turns) {
        const key = keyOf(turn);
        used.set(key, known.get(key) ?? encodeTurn(turn));
      }
      known = used;
      return turns.map((turn) => used.get(keyOf(turn)) ?? []);
    },

    firstTurn(turn) {
      const isNameless = hasSystem && !template.add_role_after_system_message;
      return isNameless ? encodeTurn(turn, '') : (known.get(keyOf(turn)) ?? encodeTurn(turn));
    },

    opening(prefix) {
      if (prefix === '') return encode(emptyOpening);
      if (last?.text === prefix) return last.ids;
      return encodeBeginning(nameOf('assistant'), prefix);
    },

    remember(answer, ids) {
      // As in `encodeTurn`: an answer that says nothing is no turn.
      if (answer === '') return;
      last = { text: answer, ids };
      const [, after] = templateOf('assistant');
      const ending = encode(after + separatorAfter('assistant'));
      known.set(keyOf({ role: 'assistant', text: answer }), [...ids, ...ending]);
    },
  };
}
