import { BlobWriter, TextReader, ZipWriter } from '@zip.js/zip.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { pocket } from '../../support/scripted-state.ts';
import { openNewChat } from './show-app.tsx';

const dialog = page.getByRole('dialog', { name: 'Choose a model' });
const heading = (name: string) => dialog.getByRole('heading', { name });
const back = dialog.getByRole('button', { name: 'All models' });
const url = 'https://huggingface.co/someone/model';
const own = { ...pocket, id: 'own', label: 'My own' };

async function openAddModel(core = makeScriptedCore()) {
  core.on('listModels', async () => [pocket, own]);
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await dialog.getByRole('button', { name: 'Add your own' }).click();
  await expect.element(heading('Add your own model')).toBeVisible();
  return core;
}

/** Adds a model that takes its time; how that ends is for the test to say. */
async function beginAdding() {
  const core = await openAddModel();
  let end = { resolve: (_id: string | null) => {}, reject: (_error: AppError) => {} };
  const ending = new Promise<string | null>((resolve, reject) => (end = { resolve, reject }));
  core.on('addModel', () => ending);
  await dialog.getByRole('textbox', { name: 'Address of the folder' }).fill(url);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect.element(dialog.getByText(/^Looking at the folder/)).toBeVisible();
  return end;
}

test('a model that was added is shown to the person who waited for it', async () => {
  const end = await beginAdding();
  end.resolve(own.id);
  await expect.element(heading('My own')).toBeVisible();
});

test('one who is on another page by then stays there, and is told', async () => {
  const end = await beginAdding();
  await back.click();
  await dialog.getByRole('button', { name: /Pocket/ }).click();
  end.resolve(own.id);
  await expect.element(page.getByText(`${url} was added to the models.`)).toBeVisible();
  await expect.element(heading('Pocket')).toBeVisible();
});

test('why it failed is told wherever the person is, and stands on the page', async () => {
  const end = await beginAdding();
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  end.reject(new AppError('bad-input', 'It has no tokenizer.json.'));
  await expect.element(page.getByText(`${url} could not be added. It has no tokenizer.json.`)).toBeVisible();
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('It has no tokenizer.json.');
  await back.click();
  await dialog.getByRole('button', { name: 'Add your own' }).click();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
});

test('it can be cancelled, and another address taken', async () => {
  const core = await openAddModel();
  let end = (_id: string | null): void => {};
  core.on('addModel', () => new Promise((resolve) => (end = resolve)));
  core.on('cancelAdding', async () => end(null));
  const address = dialog.getByRole('textbox', { name: 'Address of the folder' });
  await address.fill(url);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(dialog.getByText(/^Looking at the folder/)).not.toBeInTheDocument();
  await expect.element(dialog).toHaveFocus();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
  await expect.element(heading('Add your own model')).toBeVisible();
});

test('a ZIP that is still being unpacked can be cancelled: at once, and without a word', async () => {
  const core = await openAddModel();
  const writer = new ZipWriter(new BlobWriter(), { level: 0, useWebWorkers: false });
  await writer.add('tokenizer.json', new TextReader('{}'));
  const zip = new File([await writer.close()], 'model.zip');
  // From a disk that gives nothing more.
  const stream = vi.spyOn(Blob.prototype, 'stream').mockImplementation(() => new ReadableStream());
  onTestFinished(() => stream.mockRestore());
  await userEvent.upload(dialog.getByLabelText('ZIP file of a model'), zip);
  await expect.poll(() => stream.mock.calls.length).toBeGreaterThan(0);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(dialog.getByText(/^Looking at the folder/)).not.toBeInTheDocument();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
  await expect.element(page.getByText(/model\.zip (was|could)/)).not.toBeInTheDocument();
  expect(core.calls.map(({ method }) => method)).not.toContain('addModel');
});

test('a file that was refused can be chosen again', async () => {
  await openAddModel();
  const input = dialog.getByLabelText('ZIP file of a model');
  await userEvent.upload(input, new File(['no ZIP'], 'model.zip'));
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('model.zip could not be added');
  // With the file still in it, the same choice would be no change.
  expect((input.element() as HTMLInputElement).files).toHaveLength(0);
});

test('the page does not wait for what the server has: it has the focus at once', async () => {
  const core = makeScriptedCore();
  core.on('listServedModels', () => new Promise(() => {}));
  await openAddModel(core);
  await expect.element(heading('Add your own model')).toHaveFocus();
});
