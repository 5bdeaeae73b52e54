import { expect, test } from 'vitest';
import { newId, type ConversationId, type MessageId, type TabId } from '../../../src/shared/ids.ts';
import { engineLine } from '../../../src/ui/state/engine-line.ts';
import { engineState } from '../../support/scripted-state.ts';

const tabId = newId<TabId>();
const running = (owner: TabId) => ({
  messageId: newId<MessageId>(),
  conversationId: newId<ConversationId>(),
  client: { type: 'tab' as const, tabId: owner },
  stage: 'writing' as const,
  tokensPerSecond: 34.2,
});
const loading = (
  phase: 'fetch' | 'compile' | 'upload',
  loadedBytes = 12e6,
  totalBytes: number | null = 45e6,
) =>
  engineLine(
    engineState({ status: { type: 'loading', phase, loadedBytes, totalBytes, progress: 0.3 } }),
    tabId,
  );

test('a download says its bytes and can be cancelled', () => {
  expect(loading('fetch')).toEqual({
    tone: 'busy',
    text: 'Downloading Pocket · 12 MB of 45 MB',
    progress: 0.3,
    action: 'cancel',
  });
});

test('bytes that are not known are not made up', () => {
  expect(loading('fetch', 12e6, null).text).toBe('Downloading Pocket · 12 MB');
  expect(loading('compile', 0, null).text).toBe('Compiling Pocket');
  expect(loading('upload', 0, null).text).toBe('Uploading to the GPU: Pocket');
});

test('a free engine names its model', () => {
  expect(engineLine(engineState(), tabId)).toMatchObject({
    tone: 'ready',
    text: 'Pocket is ready',
    action: null,
  });
});

test('a busy engine says for whom, how fast, and who waits', () => {
  const mine = engineLine(engineState({ running: running(tabId) }), tabId);
  expect(mine.text).toBe('Pocket · answering in this tab · 34 tokens/s');
  const other = running(newId<TabId>());
  const queue = [{ ...other, place: 1 }];
  expect(engineLine(engineState({ running: other, queue }), tabId).text).toBe(
    'Pocket · answering in another tab · 34 tokens/s · 1 waiting',
  );
});

test('without a GPU it says what to do, and that chats can be read', () => {
  const line = engineLine(
    engineState({ status: { type: 'missing', reason: 'This browser has no WebGPU.' } }),
    tabId,
  );
  expect(line.tone).toBe('bad');
  expect(line.text).toContain('This browser has no WebGPU.');
  expect(line.text).toContain('Saved chats can still be read.');
});

test('a failure can be tried again when there is a model to try', () => {
  const status = { type: 'failed', error: { code: 'model-failed', message: 'It broke.' } } as const;
  expect(engineLine(engineState({ status }), tabId)).toMatchObject({ text: 'It broke.', action: 'retry' });
  expect(engineLine(engineState({ status, model: null }), tabId).action).toBeNull();
});
