import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import type { DownloadView, ModelsState } from '../../../src/shared/models-state.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { pocket } from '../../support/scripted-state.ts';
import { openNewChat } from './show-app.tsx';

const dialog = page.getByRole('dialog', { name: 'Choose a model' });
const big = { ...pocket, id: 'big-q4f16_1', label: 'Big', builtIn: false };
const download = (over: Partial<DownloadView> = {}): DownloadView => ({
  modelId: big.id,
  label: big.label,
  stage: 'downloading',
  receivedBytes: 1e9,
  totalBytes: 4e9,
  bytesPerSecond: null,
  error: null,
  ...over,
});

/** The page of one model. */
async function openModel(shelf: Partial<ModelsState>) {
  const core = makeScriptedCore();
  const show = (next: Partial<ModelsState>) =>
    core.snapshot('models', { downloads: [], stored: {}, listRevision: 0, ...next });
  core.on('listModels', async () => [pocket, big]);
  show(shelf);
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await dialog.getByRole('button', { name: /^Big/ }).click();
  const count = (method: string) => core.calls.filter((call) => call.method === method).length;
  return { core, show, count };
}

const button = (name: string) => dialog.getByRole('button', { name });
async function press(name: string) {
  (button(name).element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
}

test('gigabytes are erased by the second press, and the focus stays in the dialog', async () => {
  const { show, count } = await openModel({ stored: { [big.id]: 4e9 } });
  await press('Remove');
  await expect.element(button('Erase its 4 GB')).toHaveFocus();
  await press('Keep it');
  await expect.element(button('Remove')).toHaveFocus();
  expect(count('removeModel')).toBe(0);
  await press('Remove');
  await press('Erase its 4 GB');
  expect(count('removeModel')).toBe(1);
  show({});
  await expect.element(button('Download only')).toBeVisible();
  await expect.element(dialog).toHaveFocus();
});

test('a download is paused and goes on by one button, and is cancelled by two presses', async () => {
  const { core, show, count } = await openModel({ downloads: [download()] });
  await press('Pause');
  expect(count('pauseDownload')).toBe(1);
  show({ downloads: [download({ stage: 'paused' })] });
  await expect.element(button('Go on')).toHaveFocus();

  core.on('removeModel', () =>
    Promise.reject(new AppError('busy', 'An answer is being written. Stop it first.')),
  );
  await press('Cancel');
  expect(count('removeModel')).toBe(0);
  await press('Erase what has come');
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('An answer is being written.');
  await expect.element(button('Cancel')).toHaveFocus();
  show({});
  await expect.element(dialog).toHaveFocus();
});
