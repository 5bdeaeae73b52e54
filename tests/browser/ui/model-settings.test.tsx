import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import type { ModelSettings, ModelSettingsView } from '../../../src/shared/model-settings.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { engineState, pocket } from '../../support/scripted-state.ts';
import { openNewChat } from './show-app.tsx';

const dialog = page.getByRole('dialog', { name: 'Choose a model' });
const form = dialog.getByRole('form', { name: 'Settings of Pocket' });
const temperature = form.getByRole('spinbutton', { name: /Temperature/ });
const context = form.getByRole('combobox', { name: /How much it holds/ });
const system = form.getByRole('textbox', { name: /before every conversation/ });

async function openSettings(view: Partial<ModelSettingsView> = {}) {
  const core = makeScriptedCore();
  core.snapshot('engine', engineState());
  core.on('listModels', async () => [pocket]);
  core.on('readModelSettings', async () => ({
    settings: {},
    usual: { temperature: 0.7, topP: 0.95, maxTokens: 4096 },
    context: { usualTokens: 4096, longestTokens: 8192, bytesPerToken: 65_536 },
    ...view,
  }));
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await dialog.getByRole('button', { name: /Pocket/ }).click();
  await dialog.getByText(/^Settings/).click();
  await expect.element(form).toBeVisible();
  return core;
}

test('empty fields are the model’s own way; what is typed is saved, and only that', async () => {
  const core = await openSettings();
  await expect.element(temperature).toHaveAttribute('placeholder', '0.7');
  await expect.element(context).toHaveTextContent('As usual: 4,096 tokens, 268.4 MB of GPU memory');
  await expect.element(context).toHaveTextContent('1,024 tokens, 67.1 MB of GPU memory');
  await temperature.fill('0');
  await system.fill('  Answer in rhymes.  ');
  await context.selectOptions('8,192 tokens, 536.9 MB of GPU memory');
  await form.getByRole('button', { name: 'Save' }).click();
  expect(core.calls.find(({ method }) => method === 'setModelSettings')?.args).toEqual([
    'pocket-q4f32_1',
    { temperature: 0, contextTokens: 8192, system: 'Answer in rhymes.' },
  ]);
  await expect.element(page.getByText('Saved. Pocket answers so from the next message on.')).toBeVisible();
});

test('a small phone shows all of it', async () => {
  await page.viewport(320, 640);
  await openSettings();
  const parts = [dialog.element(), ...dialog.element().querySelectorAll('*')];
  const cut = parts.filter((part) => part.getBoundingClientRect().right > 320);
  expect(cut.map(({ tagName, className }) => `${tagName} ${className}`)).toEqual([]);
});

test('what was changed is shown as changed, and is taken back in one step', async () => {
  const core = await openSettings({ settings: { temperature: 1.2 } });
  await expect.element(dialog.getByText('Settings · changed')).toBeVisible();
  await expect.element(temperature).toHaveValue(1.2);
  await form.getByRole('button', { name: 'As the model has it' }).click();
  expect(core.calls.find(({ method }) => method === 'setModelSettings')?.args).toEqual([
    'pocket-q4f32_1',
    {},
  ]);
});

test('why it could not be saved is said in the form, and what was typed stays', async () => {
  const core = await openSettings({ settings: { temperature: 1.2, system: 'Be brief.' } });
  core.on('setModelSettings', async () => {
    throw new AppError('busy', 'An answer is being written. Stop it first.');
  });
  await system.fill('');
  await temperature.fill('');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect.element(form.getByRole('alert')).toBeVisible();
  await expect.element(system).toHaveValue('');
  await expect.element(temperature).toHaveValue(null);
  await system.fill('Be kind.');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect.element(form.getByRole('alert')).toHaveTextContent('An answer is being written.');
  await expect.element(system).toHaveValue('Be kind.');
});

test('what is typed is there when the page is opened again, until it is saved', async () => {
  await openSettings({ settings: { topP: 0.5 } });
  await temperature.fill('1.5');
  await system.fill('Answer in rhymes.');
  await context.selectOptions('8,192 tokens, 536.9 MB of GPU memory');
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await openSettings({ settings: { topP: 0.5 } });
  await expect.element(dialog.getByText('Settings · changed · not saved')).toBeVisible();
  await expect.element(system).toHaveValue('Answer in rhymes.');
  await expect.element(temperature).toHaveValue(1.5);
  await expect.element(context).toHaveValue('8192');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect.element(dialog.getByText('not saved')).not.toBeInTheDocument();
  expect(Object.keys(localStorage)).toEqual([]);
});

test('a field that was emptied stays empty when the page is opened again', async () => {
  const settings: ModelSettings = { topP: 0.5, contextTokens: 8192, system: 'Be brief.' };
  await openSettings({ settings });
  await form.getByRole('spinbutton', { name: 'Top P' }).fill('');
  await context.selectOptions('As usual: 4,096 tokens, 268.4 MB of GPU memory');
  await system.fill('');
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await openSettings({ settings });
  await expect.element(dialog.getByText('Settings · changed · not saved')).toBeVisible();
  await expect.element(form.getByRole('spinbutton', { name: 'Top P' })).toHaveValue(null);
  await expect.element(context).toHaveValue('');
  await expect.element(system).toHaveValue('');
});

test('what is typed while it is being saved is kept; what is taken back is gone', async () => {
  const core = await openSettings();
  const settings: ModelSettings = { system: 'One.' };
  core.on('readModelSettings', async () => ({
    settings,
    usual: { temperature: 0.7, topP: 0.95, maxTokens: 4096 },
    context: null,
  }));
  let release = () => {};
  core.on('setModelSettings', () => new Promise((resolve) => (release = resolve)));
  await system.fill('One.');
  await form.getByRole('button', { name: 'Save' }).click();
  await system.fill('One. Two.');
  release();
  await expect.element(dialog.getByText('Settings · changed · not saved')).toBeVisible();
  await expect.element(system).toHaveValue('One. Two.');
  delete settings.system;
  await form.getByRole('button', { name: 'As the model has it' }).click();
  release();
  await expect.element(system).toHaveValue('');
  expect(Object.keys(localStorage)).toEqual([]);
});

test('settings that could not be read are said to be missing, and are asked for again', async () => {
  const core = makeScriptedCore();
  core.on('listModels', async () => [pocket]);
  core.on('readModelSettings', () => Promise.reject(new AppError('storage-failed', 'The disk is gone.')));
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await dialog.getByRole('button', { name: /Pocket/ }).click();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('could not be read. The disk is gone.');
  core.on('readModelSettings', async () => ({
    settings: {},
    usual: { temperature: 0.7, topP: 0.95, maxTokens: 4096 },
    context: null,
  }));
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await expect.element(dialog.getByText('Settings', { exact: true })).toBeVisible();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
});

test('how long an idle model stays on the GPU is chosen where it is freed by hand', async () => {
  const core = await openSettings();
  const idle = dialog.getByRole('combobox', { name: /Free the GPU by itself/ });
  await expect.element(idle).toHaveValue('30');
  await idle.selectOptions('never');
  expect(core.calls.at(-1)).toEqual({ method: 'setIdleMinutes', args: [null] });

  core.on('setIdleMinutes', () => Promise.reject(new AppError('storage-failed', 'It could not be saved.')));
  await idle.selectOptions('an hour');
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('It could not be saved.');
  await expect.element(idle).toHaveValue('30');
});
