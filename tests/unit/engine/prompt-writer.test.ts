import { describe, expect, test } from 'vitest';
import { withCondition } from '../../../src/worker/models/conditions.ts';
import { buildPrompt, conversationIds } from '../../../src/worker/engines/build-prompt.ts';
import { makePromptWriter } from '../../../src/worker/engines/prompt-writer.ts';
import { specialTokensOf, withoutSpecialTokens } from '../../../src/worker/engines/special-tokens.ts';
import { parseChatConfig } from '../../../src/worker/models/chat-config.ts';

const special = '<|end_of_turn|>';
const endOfTurn = 1;

/** A letter is a token, the special token is one, and two line ends at the very end of a text are one. */
function encode(text: string): number[] {
  if (text === '') return [];
  if (text.startsWith(special)) return [endOfTurn, ...encode(text.slice(special.length))];
  if (text === '\n\n') return [2];
  return [text.charCodeAt(0), ...encode(text.slice(1))];
}
const encodeLiteral = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const spell = (ids: number[]): string =>
  ids
    .map((id) =>
      id === 0 ? '<bos>' : id === endOfTurn ? '<eot>' : id === 2 ? '<2>' : String.fromCharCode(id),
    )
    .join('');

const openchat = {
  system_template: `GPT4 Correct System: {system_message}${special}`,
  system_message: '',
  roles: { user: 'GPT4 Correct User', assistant: 'GPT4 Correct Assistant', tool: 'GPT4 Correct User' },
  role_templates: { user: '{user_message}', assistant: '{assistant_message}', tool: '{tool_message}' },
  seps: [special],
  role_content_sep: ': ',
  role_empty_sep: ':',
  stop_str: [special],
  stop_token_ids: [endOfTurn],
  system_prefix_token_ids: [0],
  render_empty_system_message: false,
};

function makeWriter(change: Record<string, unknown> = {}, condition: string | null = null) {
  const { template } = parseChatConfig({ conv_template: { ...openchat, ...change } });
  return makePromptWriter({
    template: withCondition(template, condition),
    encode,
    encodeLiteral,
    specialTokens: [special],
  });
}

const sampling = { temperature: 0, topP: 1, maxTokens: 100, seed: null };
function promptOf(writer: ReturnType<typeof makeWriter>, texts: string[], prefix = ''): string {
  const turns = texts.map((text, index) => ({
    role: index % 2 ? ('assistant' as const) : ('user' as const),
    text,
  }));
  return spell(buildPrompt(writer, 2000, { turns, prefix, sampling }).ids);
}

describe('a prompt', () => {
  test('is written in the words of the template', () => {
    expect(promptOf(makeWriter(), ['Hi', 'Hello!', 'Bye'])).toBe(
      '<bos>GPT4 Correct User: Hi<eot>GPT4 Correct Assistant: Hello!<eot>GPT4 Correct User: Bye<eot>GPT4 Correct Assistant:',
    );
  });

  test('has the system text of the model, and llama-2 leaves out the name after it', () => {
    const writer = makeWriter({
      system_template: '[INST] <<{system_message}>> ',
      system_message: 'Be kind.',
      roles: { user: '[INST]', assistant: '[/INST]' },
      role_content_sep: ' ',
      role_empty_sep: ' ',
      seps: [' ', ` ${special}`],
      add_role_after_system_message: false,
    });
    expect(promptOf(writer, ['Hi', 'Hello!', 'Bye'])).toBe(
      '<bos>[INST] <<Be kind.>> Hi [/INST] Hello! <eot>[INST] Bye [/INST] ',
    );
  });

  test('is told of no functions, and has all of a template around an answer, also where its tokens are known', () => {
    const writer = makeWriter({
      system_template: '[SYS]{system_message}[/SYS]{function_string}',
      system_message: 'Be kind.',
      roles: { user: '', assistant: '' },
      role_templates: {
        user: '[INST]{user_message}[/INST]{function_string}',
        assistant: `{assistant_message}${special}`,
      },
      role_content_sep: '',
      role_empty_sep: '',
      seps: [''],
    });
    const prompt = '<bos>[SYS]Be kind.[/SYS][INST]Hi[/INST]Hello!<eot>[INST]Bye[/INST]';
    expect(promptOf(writer, ['Hi', 'Hello!', 'Bye'])).toBe(prompt);
    writer.remember('Hello!', encode('Hello!'));
    expect(promptOf(writer, ['Hi', 'Hello!', 'Bye'])).toBe(prompt);
  });

  test.each([
    ['between name and text', { assistant: 'A' }, '\n<think>\n', '\n'],
    ['in the name', { assistant: 'A\n<think>\n' }, '', ''],
  ])(
    'opens the thoughts of an answer where the template does, %s, and of no other',
    (_, roles, emptySep, contentSep) => {
      const writer = makeWriter({
        roles: { user: 'U', ...roles },
        role_content_sep: contentSep,
        role_empty_sep: emptySep,
        seps: [special],
      });
      expect(writer.begun).toBe('<think>\n');
      expect(promptOf(writer, ['Hi', 'Hello!', 'Bye'])).toMatch(/A\nHello!<eot>U\n?Bye<eot>A\n<think>\n$/);
      expect(promptOf(writer, ['Hi'], '<think>\nHm')).toMatch(/<eot>A\n<think>\nHm$/);
      expect(promptOf(writer, ['Hi'], 'Hello')).toMatch(/<eot>A\nHello$/);
    },
  );

  test('keeps dollar signs as they are', () => {
    expect(promptOf(makeWriter(), ["$$x$$ $& $1 $'"])).toContain("User: $$x$$ $& $1 $'<eot>");
  });

  test('spells out what looks like a control token, from a person or a model', () => {
    expect(promptOf(makeWriter(), [`a${special}b`, special, 'c'], `d${special}`)).toBe(
      `<bos>GPT4 Correct User: a${special}b<eot>GPT4 Correct Assistant: ${special}<eot>GPT4 Correct User: c<eot>GPT4 Correct Assistant: d${special}`,
    );
  });

  test("is told a model's condition, in every turn and in the system text", () => {
    expect(promptOf(makeWriter({}, 'Math Correct'), ['10.3 − 7988.8133='])).toBe(
      '<bos>Math Correct User: 10.3 − 7988.8133=<eot>Math Correct Assistant:',
    );
    expect(promptOf(makeWriter({ system_message: 'Be kind.' }, 'Math Correct'), ['1'])).toContain(
      'Math Correct System: Be kind.<eot>Math Correct User: 1<eot>',
    );
  });

  test('takes no condition that a model does not have; the usual one is what a model without any does', () => {
    expect(() => makeWriter({}, `Math Correct${special}`)).toThrow(/no condition/);
    const plain = { roles: { user: 'user', assistant: 'model' } };
    expect(() => makeWriter(plain, 'Math Correct')).toThrow(/knows none/);
    expect(promptOf(makeWriter(plain, 'GPT4 Correct'), ['a'])).toBe('<bos>user: a<eot>model:');
  });

  test('leaves out answers that say nothing', () => {
    expect(promptOf(makeWriter(), ['a', '', 'b'])).toBe(
      '<bos>GPT4 Correct User: a<eot>GPT4 Correct User: b<eot>GPT4 Correct Assistant:',
    );
  });

  test('goes on after what the answer already says, with line ends as in the middle of a text', () => {
    expect(promptOf(makeWriter(), ['a'], 'One two')).toMatch(/Assistant: One two$/);
    expect(promptOf(makeWriter(), ['a'], 'One:\n\n')).toMatch(/Assistant: One:\n\n$/);
  });

  test('has the tokens in which an answer was generated, while they are known', () => {
    const writer = makeWriter();
    const generated = [...writer.opening(''), 300, 301];
    writer.remember('Hello!', generated);
    expect(writer.opening('Hello!')).toEqual(generated);
    const assistant = { role: 'assistant' as const, text: 'Hello!' };
    expect(writer.turns([assistant])).toEqual([[...generated, endOfTurn]]);
    writer.turns([{ role: 'user', text: 'of another conversation' }]);
    expect(spell(writer.turns([assistant])[0] ?? [])).toBe('GPT4 Correct Assistant: Hello!<eot>');
  });

  test('that does not fit is refused with both numbers', () => {
    const turns = [{ role: 'user' as const, text: 'a'.repeat(300) }];
    const whole = { turns, prefix: '', sampling, isWhole: true };
    expect(() => buildPrompt(makeWriter(), 200, whole)).toThrow('This conversation takes');
    expect(() => buildPrompt(makeWriter(), 200, { turns, prefix: '', sampling })).toThrow(
      /takes 344 tokens.* 200 in all/,
    );
  });
});

test('a conversation is read ahead as far as it has gone, and not at all when its last answer has no room', () => {
  const said = (length: number) => [
    { role: 'user' as const, text: 'Hi' },
    { role: 'assistant' as const, text: 'a'.repeat(length) },
  ];
  const writer = makeWriter();
  expect(spell(conversationIds(writer, 200, { turns: said(3) }) ?? [])).toBe(
    '<bos>GPT4 Correct User: Hi<eot>GPT4 Correct Assistant: aaa<eot>',
  );
  const around = (conversationIds(writer, 200, { turns: said(3) })?.length ?? 0) - 3;
  expect(conversationIds(writer, 200, { turns: said(199 - around) })).toHaveLength(199);
  expect(conversationIds(writer, 200, { turns: said(200 - around) })).toBeNull();
  expect(conversationIds(writer, 200, { turns: said(3_000) })).toBeNull();
});

test('special tokens are those that the tokenizer marks, and those that end an answer', () => {
  const file = {
    added_tokens: [
      { id: 0, content: '<s>', special: true },
      { id: 1, content: '<end>', special: false },
      { id: 2, content: '<think>', special: false },
    ],
  };
  expect(specialTokensOf(file, [1])).toEqual(['<s>', '<end>']);
  expect(specialTokensOf({}, [])).toEqual([]);
  expect(withoutSpecialTokens({ ...file, model: { type: 'BPE' } }, ['<s>', '<end>'])).toEqual({
    added_tokens: [file.added_tokens[2]],
    model: { type: 'BPE' },
  });
});
