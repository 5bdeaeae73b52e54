import { expect, test } from 'vitest';
import { chatOf, generation, messageOf } from '../../support/scripted-state.ts';
import {
  activeMessage,
  canContinue,
  childrenByParent,
  oldestSeen,
} from '../../../src/ui/state/branch-view.ts';

const chat = () => chatOf(['a', 'A', 'b', 'B']);
const idsOf = ({ list }: ReturnType<typeof chat>) => list.map((message) => message.id);

test('versions of a message are in the order they were made', () => {
  const { messages, list, conversation } = chat();
  const [question, first] = list;
  if (!question || !first || !conversation) throw new Error('The chat is empty.');
  const second = messageOf({ conversationId: conversation.id, role: 'assistant', parentId: question.id });
  // Put in before the older one, as a snapshot may.
  const children = childrenByParent({ [second.id]: second, ...messages });
  expect(children.get(question.id)).toEqual([first.id, second.id]);
  expect(children.get(null)).toEqual([question.id]);
});

test('Stop means the message that is being written before those that wait', () => {
  const { messages, list } = chat();
  const [, first, , last] = list;
  if (!first || !last) throw new Error('The chat is empty.');
  expect(activeMessage(messages)).toBeNull();
  first.state = 'queued';
  last.state = 'queued';
  expect(activeMessage(messages)).toBe(first.id);
  last.state = 'running';
  expect(activeMessage(messages)).toBe(last.id);
});

test('the newest answer says what the model still sees', () => {
  const state = chat();
  const [, first, question, last] = state.list;
  if (!first || !question || !last) throw new Error('The chat is empty.');
  first.generation = generation({ contextFrom: null });
  last.generation = generation({ contextFrom: question.id });
  expect(oldestSeen(state.messages, idsOf(state))).toBe(question.id);
});

test('an answer that has read nothing yet leaves the word to the one before', () => {
  const state = chat();
  const [, first, , last] = state.list;
  if (!first || !last) throw new Error('The chat is empty.');
  first.generation = generation({ contextFrom: first.id });
  last.generation = generation({ contextFrom: null, promptTokens: 0 });
  expect(oldestSeen(state.messages, idsOf(state))).toBe(first.id);
});

test('a model that sees all messages is not worth a word', () => {
  const state = chat();
  const [root, , , last] = state.list;
  if (!root || !last) throw new Error('The chat is empty.');
  last.generation = generation({ contextFrom: root.id });
  expect(oldestSeen(state.messages, idsOf(state))).toBeNull();
  last.generation = generation({
    contextFrom: messageOf({ conversationId: last.conversationId, role: 'user' }).id,
  });
  expect(oldestSeen(state.messages, idsOf(state))).toBeNull();
});

test.each([
  ['stopped', null, true],
  ['interrupted', null, true],
  ['failed', null, true],
  ['done', 'length', true],
  ['done', 'stop', false],
  ['running', null, false],
  ['queued', null, false],
] as const)('an answer that is %s with %s can go on: %s', (state, finishReason, expected) => {
  expect(canContinue({ role: 'assistant', state, generation: generation({ finishReason }) })).toBe(expected);
});

test('a person does not continue', () => {
  expect(canContinue({ role: 'user', state: 'failed', generation: null })).toBe(false);
});
