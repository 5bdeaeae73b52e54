import { expect, onTestFinished, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import type { StoredFile, Verification } from '../../../src/shared/models-state.ts';
import { makeGate } from '../../support/make-gate.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { pocket } from '../../support/scripted-state.ts';
import { openNewChat } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/ModelDialog.tsx';
import '../../../src/ui/views/Toasts.tsx';

const dialog = page.getByRole('dialog', { name: 'Choose a model' });
const button = (name: string) => dialog.getByRole('button', { name });
const big = { ...pocket, id: 'big', label: 'Big', builtIn: false };
const cache = 'files-of-big';
const files: StoredFile[] = ['a.json', 'b.bin'].map((name) => ({
  name,
  cache,
  url: `https://big.test/${name}`,
}));

/** The page of a model whose files are here, and the file that a person chooses for them: one of the browser's own. */
async function openModel() {
  const store = await caches.open(cache);
  for (const { name, url } of files) await store.put(url, new Response(`all of ${name}`));
  onTestFinished(async () => void (await caches.delete(cache)));
  const root = await navigator.storage.getDirectory();
  const file = await root.getFileHandle('big.zip', { create: true });
  onTestFinished(() => root.removeEntry('big.zip'));
  /** What became of each attempt to take back what was written. */
  const aborts: Promise<void>[] = [];
  vi.spyOn(file, 'createWritable').mockImplementation(async () => {
    const writable = await FileSystemFileHandle.prototype.createWritable.call(file);
    const { abort } = writable;
    vi.spyOn(writable, 'abort').mockImplementation((reason) => {
      aborts.push(abort.call(writable, reason));
      return aborts.at(-1) ?? Promise.resolve();
    });
    return writable;
  });
  vi.stubGlobal('showSaveFilePicker', async () => file);
  onTestFinished(() => void vi.unstubAllGlobals());

  const core = makeScriptedCore();
  core.on('listModels', async () => [pocket, big]);
  core.on('listModelFiles', async () => files);
  core.snapshot('models', { downloads: [], stored: { [big.id]: 4e9 }, listRevision: 0 });
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await button('Big').click();
  const size = async () => (await file.getFile()).size;
  return { core, size, aborts };
}

/** From then on the disk gives nothing more. */
function stopDisk() {
  const stream = vi.spyOn(Blob.prototype, 'stream').mockImplementation(() => new ReadableStream());
  onTestFinished(() => stream.mockRestore());
  return stream;
}

test('saving tells how far it is, and that it is done', async () => {
  const { core, size } = await openModel();
  const listed = makeGate<StoredFile[]>();
  core.on('listModelFiles', () => listed.passed);
  await button('Save as a file').click();
  await expect.element(button('Saving …')).toHaveAttribute('aria-disabled', 'true');
  await expect.element(button('Check its files')).toHaveAttribute('aria-disabled', 'true');
  await expect.element(dialog.getByRole('progressbar', { name: 'Saved' })).toBeVisible();
  listed.open(files);
  await expect.element(page.getByText('Big was saved as a file.')).toBeVisible();
  await expect.element(button('Save as a file')).toBeVisible();
  expect(await size()).toBeGreaterThan(100);
});

test('saving is cancelled at once, and leaves the file as it was', async () => {
  const { size, aborts } = await openModel();
  const stream = stopDisk();
  await button('Save as a file').click();
  await expect.poll(() => stream.mock.calls.length).toBeGreaterThan(0);
  await button('Cancel').click();
  await expect.element(button('Save as a file')).toBeVisible();
  await expect.element(dialog).toHaveFocus();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
  await expect.element(page.getByText(/Big (was|could)/)).not.toBeInTheDocument();
  // Not only asked for: done, or the browser would hold the file until the page is gone.
  await expect(aborts[0]).resolves.toBeUndefined();
  expect(await size()).toBe(0);
});

test('what fails is told where the person is by then, and nothing half of it stays', async () => {
  const { core, size, aborts } = await openModel();
  const listed = makeGate<StoredFile[]>();
  core.on('listModelFiles', () => listed.passed);
  await button('Save as a file').click();
  await button('All models').click();
  await button('Big').click();
  await expect.element(button('Saving …')).toBeVisible();
  await button('All models').click();
  listed.open([...files, { name: 'gone.bin', cache, url: 'https://big.test/gone.bin' }]);
  await expect
    .element(page.getByText('Big could not be saved. gone.bin is not here any more.'))
    .toBeVisible();
  await button('Big').click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('gone.bin is not here any more.');
  await expect(aborts[0]).resolves.toBeUndefined();
  expect(await size()).toBe(0);
});

test('a check says that it is one, and its end, on another page too', async () => {
  const { core } = await openModel();
  const checked = makeGate<Verification>();
  core.on('verifyModel', () => checked.passed);
  await button('Check its files').click();
  await expect.element(button('Checking …')).toBeVisible();
  await button('All models').click();
  checked.open({ checkedFiles: 2, badFiles: [] });
  await expect.element(page.getByText('Big: 2 files checked, all as they should be.')).toBeVisible();
});
