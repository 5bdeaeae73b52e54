import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/shared/conversation.ts';
import { splitThoughts } from '../../../src/shared/thoughts.ts';
import { turnsOf } from '../../../src/worker/runs/turns-of.ts';

describe('thoughts', () => {
  it.each([
    ['none', 'An answer.', null, 'An answer.', false],
    ['of Qwen3 and DeepSeek-R1', '<think>\nHm.\n</think>\n\nAn answer.', 'Hm.', 'An answer.', false],
    ['of Mistral', '[THINK]Hm.[/THINK]An answer.', 'Hm.', 'An answer.', false],
    ['left out by the model', '<think>\n\n</think>\n\nAn answer.', '', 'An answer.', false],
    ['that go on', '<think>\nHm, so', 'Hm, so', '', true],
    ['that have just begun', '\n<think>', '', '', true],
    [
      'whose beginning the template wrote',
      'Hm.\nSo.\n</think>\n\nAn answer.',
      'Hm.\nSo.',
      'An answer.',
      false,
    ],
    ['with an end that is not their own', '<think>a [/THINK] b</think>c', 'a [/THINK] b', 'c', false],
  ])('%s', (_, text, thought, answer, isThinking) => {
    expect(splitThoughts(text)).toEqual({ thought, answer, isThinking });
  });

  it.each([
    'The tag <think> begins a thought.',
    'Write `</think>` after it.',
    'So:\n\n```html\n<think>\na\n</think>\n```\n',
  ])('an answer that talks about the marks is an answer: %s', (text) => {
    expect(splitThoughts(text)).toEqual({ thought: null, answer: text, isThinking: false });
  });

  it('a growing text shows more thoughts, then more answer, and never takes any of it back', () => {
    const text = '<think>\nFirst.\nThen.\n</think>\n\nAn answer of some words.';
    let [thought, answer] = ['', ''];
    for (let end = '<think>'.length; end <= text.length; end++) {
      const now = splitThoughts(text.slice(0, end));
      // A mark that is half written is the end of what it will end.
      if (!text.slice(0, end).match(/<[^>]*$/)) {
        expect((now.thought ?? '').startsWith(thought)).toBe(true);
        thought = now.thought ?? '';
      }
      expect(now.answer.startsWith(answer)).toBe(true);
      answer = now.answer;
    }
    expect([thought, answer]).toEqual(['First.\nThen.', 'An answer of some words.']);
  });
});

it('a model is told what it answered, to the letter, and not what it thought', () => {
  const messages = [
    { role: 'user', text: '<think>What I typed</think>' },
    { role: 'assistant', text: '<think>\nHm.\n</think>\n\n An answer. ' },
    { role: 'assistant', text: ' Without a thought. ' },
  ] as Message[];
  expect(turnsOf(messages)).toEqual([
    { role: 'user', text: '<think>What I typed</think>' },
    { role: 'assistant', text: 'An answer. ' },
    { role: 'assistant', text: ' Without a thought. ' },
  ]);
});
