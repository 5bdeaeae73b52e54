import { expect, onTestFinished, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { ModelChoice } from '../../../src/shared/engine-state.ts';
import { AppError } from '../../../src/shared/errors.ts';
import type { DownloadView, ModelsState } from '../../../src/shared/models-state.ts';
import { makeGate } from '../../support/make-gate.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { pocket } from '../../support/scripted-state.ts';
import { openNewChat, painted } from './show-app.tsx';

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

test.each([
  ['a double-click', () => userEvent.dblClick(button('Remove'))],
  [
    'a key that is held down',
    async () => {
      (button('Remove').element() as HTMLElement).focus();
      await userEvent.keyboard('{Enter>4/}');
    },
  ],
])('%s asks, and erases nothing', async (_, pressTwice) => {
  const { count } = await openModel({ stored: { [big.id]: 4e9 } });
  await expect.element(button('Remove')).toBeVisible();
  await pressTwice();
  await expect.element(button('Erase its 4 GB')).toHaveFocus();
  expect(count('removeModel')).toBe(0);
  await button('Erase its 4 GB').click();
  expect(count('removeModel')).toBe(1);
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

test('a download that ends leaves the focus in the dialog, and the app can still be heard', async () => {
  const { show } = await openModel({ downloads: [download()] });
  (button('Pause').element() as HTMLElement).focus();
  show({});
  await expect.element(dialog).toHaveFocus();
  for (const region of document.querySelectorAll('[aria-live="polite"]'))
    expect(region.closest('[aria-hidden="true"]')).toBeNull();
});

test('what can only be downloaded once leaves the focus in the dialog', async () => {
  const { core, show } = await openModel({});
  core.on('downloadModel', async () => show({ downloads: [download()] }));
  await press('Download only');
  await expect.element(button('Pause')).toBeVisible();
  await expect.element(dialog).toHaveFocus();
});

test('what runs for a while keeps the focus on its button, and is not begun twice', async () => {
  const { core, count } = await openModel({ stored: { [big.id]: 4e9 } });
  const checking = makeGate<{ checkedFiles: number; badFiles: string[] }>();
  core.on('verifyModel', () => checking.passed);
  await press('Check its files');
  await expect.element(button('Checking …')).toHaveAttribute('aria-disabled', 'true');
  await painted();
  await userEvent.keyboard('{Enter}');
  await expect.element(button('Checking …')).toHaveFocus();
  checking.open({ checkedFiles: 1, badFiles: [] });
  await expect.element(button('Check its files')).not.toHaveAttribute('aria-disabled', 'true');
  await expect.element(button('Check its files')).toHaveFocus();
  expect(count('verifyModel')).toBe(1);
});

test('the model that is proposed instead opens as a page of its own, at its heading', async () => {
  const instead = { id: pocket.id, label: pocket.label };
  const { core } = await openModel({});
  core.on('listModels', async () => [
    pocket,
    { ...big, fit: { verdict: 'no' as const, reason: 'It is too large.', instead } },
  ]);
  core.snapshot('models', { downloads: [], stored: {}, listRevision: 1 });
  await expect.element(button('Rather: Pocket')).toBeVisible();
  await press('Rather: Pocket');
  await expect.element(dialog.getByRole('heading', { name: 'Pocket' })).toHaveFocus();
});

/** The list of these models. */
async function openList(models: ModelChoice[]) {
  const core = openNewChat();
  core.on('listModels', async () => models);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await expect.element(dialog).toBeVisible();
  return core;
}

test('the way back from a page ends where it began, with the focus', async () => {
  const many = Array.from({ length: 30 }, (_, n) => ({ ...big, id: `big:${n}`, label: `Big ${n}.` }));
  await openList([pocket, ...many]);
  await press('Big 29.');
  await expect.element(dialog.getByRole('heading', { name: 'Big 29.' })).toHaveFocus();
  await press('All models');
  await expect.element(button('Big 29.')).toHaveFocus();
  await expect.element(button('Big 29.')).toBeInViewport();
  await press('Add your own');
  await press('All models');
  await expect.element(button('Add your own')).toHaveFocus();
});

test('news of the models leaves the focus on its card', async () => {
  const core = await openList([pocket, big]);
  const card = button('Big').element() as HTMLElement;
  card.focus();
  core.on('listModels', async () => [{ ...pocket }, { ...big, label: 'Bigger' }]);
  core.snapshot('models', { downloads: [], stored: {}, listRevision: 1 });
  await expect.element(button('Bigger')).toHaveFocus();
  expect(document.activeElement).toBe(card);
});

test('an Escape that belongs to an input method closes nothing', async () => {
  await openList([pocket, big]);
  const search = dialog.getByRole('searchbox', { name: 'Search models' });
  const escape = (isComposing: boolean) =>
    search
      .element()
      .dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true, isComposing }),
      );
  escape(true);
  expect(dialog.element().hasAttribute('data-expanded')).toBe(true);
  escape(false);
  await expect.element(dialog).not.toBeInTheDocument();
});

test.each([
  [375, 520],
  [320, 360],
])('all of the list’s dialog can be scrolled to on a screen of %i by %i', async (width, height) => {
  await page.viewport(width, height);
  // As for fingers.
  document.documentElement.style.setProperty('--target', '44px');
  onTestFinished(() => void document.documentElement.style.removeProperty('--target'));
  const core = makeScriptedCore();
  core.on('listModels', async () =>
    Array.from({ length: 9 }, (_, index) => ({ ...pocket, id: `pocket-${index}`, label: `Pocket ${index}` })),
  );
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await expect.element(button('Pocket 8')).toBeVisible();
  const parts = [dialog.element(), ...dialog.element().querySelectorAll('*')];
  const cut = parts.filter((part) => part.getBoundingClientRect().right > width);
  expect(cut.map(({ tagName, className }) => `${tagName} ${className}`)).toEqual([]);
  expect(dialog.element().scrollWidth).toBe(dialog.element().clientWidth);

  for (const name of ['Free the GPU', 'Servers', 'Add your own', 'Pocket 8', 'Close']) {
    const element = button(name).element();
    element.scrollIntoView();
    const { top, right, bottom, left } = element.getBoundingClientRect();
    expect([name, top >= 0, left >= 0, right <= width, bottom <= height]).toEqual([
      name,
      true,
      true,
      true,
      true,
    ]);
    expect(element.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2))).toBe(true);
  }
  // A person's wheel or finger does it, too: Kobalte takes both from the page behind.
  dialog.element().scrollTo({ top: 0 });
  await userEvent.wheel(dialog.getByRole('searchbox'), { delta: { y: 200 } });
  await expect.poll(() => dialog.element().scrollTop).toBeGreaterThan(100);
});
