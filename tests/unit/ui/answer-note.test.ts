import { expect, test } from 'vitest';
import { newId, type ConversationId, type MessageId, type TabId } from '../../../src/shared/ids.ts';
import { answerNote } from '../../../src/ui/state/answer-note.ts';
import { engineState, generation, messageOf, pocket } from '../../support/scripted-state.ts';

const here = newId<TabId>();
const elsewhere = newId<TabId>();
const conversationId = newId<ConversationId>();
const answer = messageOf({ conversationId, role: 'assistant', text: '', state: 'queued' });
const queued = (tabId: TabId, place: number, over: { conversationId?: ConversationId } = {}) => ({
  messageId: newId<MessageId>(),
  conversationId: newId<ConversationId>(),
  client: { type: 'tab' as const, tabId },
  place,
  ...over,
});
const mine = (place: number) => ({ ...queued(here, place), messageId: answer.id, conversationId });
const running = (tabId: TabId) => ({ ...queued(tabId, 0), stage: 'writing' as const, tokensPerSecond: null });

test('a wait says its place and who is in front', () => {
  const engine = engineState({ running: running(here), queue: [queued(elsewhere, 1), mine(2)] });
  expect(answerNote(answer, false, engine, here)?.text).toBe('Waiting: 2nd in line, behind another tab');
});

test('the first in line waits for the one who is being answered', () => {
  const engine = engineState({ running: running(here), queue: [mine(1)] });
  expect(answerNote(answer, false, engine, here)?.text).toBe(
    'Waiting: 1st in line, behind another chat in this tab',
  );
});

test('a follow-up waits for the answer above it', () => {
  const engine = engineState({ running: { ...running(here), conversationId }, queue: [mine(1)] });
  expect(answerNote(answer, false, engine, here)?.text).toBe('Waiting: 1st in line, behind the answer above');
});

test('a queue that is not known yet is no reason for a wrong number', () => {
  expect(answerNote(answer, false, engineState(), here)?.text).toBe('Waiting');
  expect(answerNote(answer, false, null, here)?.text).toBe('Waiting');
});

test('before its first token an answer reads, or waits for its model', () => {
  const started = { ...answer, state: 'running' as const };
  expect(answerNote(started, false, engineState(), here)?.text).toBe('Reading');
  const status = { type: 'loading', phase: 'fetch', loadedBytes: 0, totalBytes: null, progress: 0 } as const;
  expect(answerNote(started, false, engineState({ status }), here)?.text).toBe('Loading the model');
  expect(answerNote(started, true, engineState(), here)).toBeNull();
});

test('an answer that its device or server has not taken says for whom it waits', () => {
  const started = { ...answer, state: 'running' as const };
  const model = { ...pocket, engine: 'peer' as const, label: 'Laptop' };
  const asleep = engineState({ status: { type: 'connecting' }, model });
  expect(answerNote(started, false, asleep, here)?.text).toBe('Waiting for Laptop');
  const away = engineState({ status: { type: 'connecting' }, model: { ...model, engine: 'http' } });
  expect(answerNote(started, false, away, here)?.text).toBe('Waiting for the server');
});

test('a lost GPU is told in the middle of an answer too', () => {
  const started = { ...answer, state: 'running' as const };
  expect(answerNote(started, true, engineState({ status: { type: 'recovering' } }), here)?.tone).toBe('wait');
});

test('every end that is not the model’s own is told', () => {
  const note = (over: Partial<typeof answer>) =>
    answerNote({ ...answer, ...over }, true, engineState(), here)?.text;
  expect(note({ state: 'stopped' })).toBe('Stopped.');
  expect(note({ state: 'interrupted' })).toBe('Interrupted. The text so far is saved.');
  expect(note({ state: 'failed', error: { code: 'engine-failed', message: 'It broke.' } })).toBe('It broke.');
  expect(note({ state: 'done', generation: generation({ finishReason: 'length' }) })).toContain(
    'greatest length',
  );
  expect(note({ state: 'done', generation: generation() })).toBeUndefined();
});
