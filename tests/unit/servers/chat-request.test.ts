import { expect, test } from 'vitest';
import { chatBody, checkOptions } from '../../../src/worker/engines/http/chat-request.ts';

const asked = {
  turns: [{ role: 'user' as const, text: 'Hello' }],
  prefix: '',
  sampling: { temperature: 0.7, topP: 0.95, maxTokens: 100, seed: null },
};

test('a program’s settings go on in OpenAI’s words', () => {
  const options = {
    system: 'Be kind.',
    stop: ['END'],
    frequencyPenalty: 0.5,
    presencePenalty: -0.5,
    logitBias: { '7': 1 },
    jsonSchema: '{"type":"object"}',
  };
  const body = chatBody('tiny', 'openchat', { ...asked, condition: 'Math Correct', options }, new Set());
  expect(JSON.parse(body)).toMatchObject({
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hello' },
    ],
    condition: 'Math Correct',
    stop: ['END'],
    frequency_penalty: 0.5,
    presence_penalty: -0.5,
    logit_bias: { '7': 1 },
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
  });
});

test('answers that say nothing are left out, and the questions around one are a single turn', () => {
  const user = (text: string) => ({ role: 'user' as const, text });
  const assistant = (text: string) => ({ role: 'assistant' as const, text });
  const turns = [user('a'), assistant(''), user('b'), assistant(''), assistant('B'), user('c'), user('d')];
  const { messages } = JSON.parse(chatBody('tiny', 'other', { ...asked, turns }, new Set())) as {
    messages: unknown;
  };
  expect(messages).toEqual([
    { role: 'user', content: 'a\n\nb' },
    { role: 'assistant', content: 'B' },
    // As a program put them.
    { role: 'user', content: 'c' },
    { role: 'user', content: 'd' },
  ]);
});

test('what is not said is not sent', () => {
  const keys = Object.keys(JSON.parse(chatBody('tiny', 'other', asked, new Set())) as object);
  expect(keys.toSorted()).toEqual([
    'max_tokens',
    'messages',
    'model',
    'stream',
    'stream_options',
    'temperature',
    'top_p',
  ]);
});

test.each([{ isPlain: true }, { topLogprobs: 0 }])(
  '%j cannot be had from a server, and is refused',
  (options) => {
    expect(() => checkOptions(options)).toThrow(/server/);
  },
);
