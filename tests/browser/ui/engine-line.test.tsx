import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import { newId, type ConversationId, type DeviceId, type MessageId } from '../../../src/shared/ids.ts';
import { engineState } from '../../support/scripted-state.ts';
import { messageBox, openNewChat } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/Toasts.tsx';

const failed = engineState({
  status: { type: 'failed', error: { code: 'model-failed', message: 'It did not load.' } },
});
const loading = engineState({
  status: { type: 'loading', phase: 'fetch', loadedBytes: 1e6, totalBytes: 9e6, progress: 0.1 },
});
const answering = engineState({
  running: {
    messageId: newId<MessageId>(),
    conversationId: newId<ConversationId>(),
    client: { type: 'device', deviceId: 'guestguestguest2' as DeviceId, name: 'Nora’s phone' },
    stage: 'writing',
    tokensPerSecond: null,
  },
});

test('a load that was begun by Retry can be cancelled', async () => {
  const core = openNewChat();
  core.snapshot('engine', failed);
  core.on('chooseModel', () => new Promise(() => {}));
  await page.getByRole('button', { name: 'Retry' }).click();
  core.snapshot('engine', loading);
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(core.calls.map(({ method }) => method)).toEqual(['chooseModel', 'cancelLoad']);
});

test('what the line cannot do is said; a failure that stands in it is not said twice', async () => {
  const core = openNewChat();
  core.snapshot('engine', failed);
  core.on('chooseModel', () => Promise.reject(new AppError('model-failed', 'It did not load.')));
  await page.getByRole('button', { name: 'Retry' }).click();
  core.snapshot('engine', answering);
  core.on('stopSharing', () => Promise.reject(new AppError('core-died', 'The core stopped.')));
  await page.getByRole('button', { name: 'Stop the other device' }).click();
  await expect.element(page.getByText('The core stopped.')).toBeVisible();
  await expect.element(page.getByText('It did not load.')).not.toBeInTheDocument();
});

test('a button of the line that goes away leaves the focus to the message box', async () => {
  const core = openNewChat();
  core.snapshot('engine', failed);
  const press = async (name: string) => {
    (page.getByRole('button', { name }).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
  };
  await press('Retry');
  core.snapshot('engine', loading);
  await expect.element(messageBox).toHaveFocus();
  await press('Cancel');
  core.snapshot('engine', answering);
  await expect.element(messageBox).toHaveFocus();
  await press('Stop the other device');
  core.snapshot('engine', engineState());
  await expect.element(messageBox).toHaveFocus();
});
