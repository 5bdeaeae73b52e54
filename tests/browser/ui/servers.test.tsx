import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import type { ServerId } from '../../../src/shared/ids.ts';
import type { ServerView } from '../../../src/shared/servers-state.ts';
import { makeScriptedCore, type ScriptedCore } from '../../support/scripted-core.ts';
import { makeGate } from '../../support/make-gate.ts';
import { engineState, pocket, serverView } from '../../support/scripted-state.ts';
import { openNewChat, painted } from './show-app.tsx';

const dialog = page.getByRole('dialog', { name: 'Servers' });
const address = dialog.getByRole('textbox', { name: 'Address' });

/** The Servers screen, by the way that a person goes. */
async function openServers(servers: ServerView[], core = makeScriptedCore()): Promise<ScriptedCore> {
  openNewChat(core);
  core.snapshot('servers', { servers });
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: 'Servers' }).click();
  await expect.element(dialog).toBeVisible();
  return core;
}

test('a first server: a preset fills the address, a typed one stays, and the key is hidden', async () => {
  const core = await openServers([]);
  await expect.element(address).toHaveValue('http://localhost:8000/v1');
  await dialog.getByRole('combobox', { name: 'What runs there' }).selectOptions('Ollama');
  await expect.element(address).toHaveValue('http://localhost:11434/v1');
  await address.fill('http://gpu.example:8000');
  await dialog.getByRole('combobox', { name: 'What runs there' }).selectOptions('vLLM');
  await expect.element(address).toHaveValue('http://gpu.example:8000');
  const key = dialog.getByLabelText('Key, if it wants one');
  await expect.element(key).toHaveAttribute('type', 'password');
  await key.fill('sk-1');
  await expect.element(dialog).toHaveTextContent('the key and your chats can be read on the way');
  core.on('addServer', async () => {
    core.snapshot('servers', { servers: [serverView({ name: '', hasKey: true })] });
    return 'server-1' as ServerId;
  });
  await dialog.getByRole('button', { name: 'Add and test' }).click();
  expect(core.calls.at(-1)).toEqual({
    method: 'addServer',
    args: [{ kind: 'vllm', name: '', url: 'http://gpu.example:8000', key: 'sk-1' }],
  });
  await expect.element(dialog.getByText('Works, and offers 1 model. Choose one:')).toBeVisible();
  await expect.element(dialog.getByRole('button', { name: 'Add a server' })).toHaveFocus();
});

test('the form of a first server stays, with the focus, until its test has ended', async () => {
  const core = await openServers([]);
  const testing = makeGate<ServerId>();
  core.on('addServer', () => {
    core.snapshot('servers', { servers: [serverView({ check: { type: 'testing' } })] });
    return testing.passed;
  });
  await address.fill('http://gpu.example:8000');
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByRole('button', { name: 'Change Team' })).toBeVisible();
  await expect.element(dialog.getByRole('button', { name: 'Testing…' })).toBeVisible();
  await expect.element(address).toHaveFocus();
  testing.open('server-1' as ServerId);
  await expect.element(dialog.getByRole('button', { name: 'Add a server' })).toHaveFocus();
});

test('a form that closes when its test has ended takes the focus from nothing else', async () => {
  const core = await openServers([serverView()]);
  const testing = makeGate();
  const added = makeGate<ServerId>();
  core.on('changeServer', () => testing.passed);
  core.on('addServer', () => added.passed);
  const save = async (form: string, first: string) => {
    await dialog.getByRole('button', { name: first }).click();
    (dialog.getByRole('form', { name: form }).getByLabelText('Address').element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
  };
  await save('New server', 'Add a server');
  await save('Change server', 'Change Team');
  const elsewhere = dialog.getByRole('button', { name: 'Close' });
  (elsewhere.element() as HTMLElement).focus();
  testing.open();
  added.open('server-1' as ServerId);
  await expect.element(dialog.getByRole('button', { name: 'Add a server' })).toBeVisible();
  await expect.element(dialog.getByRole('button', { name: 'Change Team' })).toBeVisible();
  await expect.element(elsewhere).toHaveFocus();
});

test('a form that was cancelled while its server is tested neither closes the next one nor holds it up', async () => {
  const core = await openServers([serverView()]);
  const tests = [makeGate<ServerId>(), makeGate<ServerId>()];
  const [first, second] = tests as [(typeof tests)[0], (typeof tests)[0]];
  let count = 0;
  core.on('addServer', () => (count++ === 0 ? first : second).passed);
  const add = dialog.getByRole('button', { name: 'Add a server' });
  await add.click();
  await dialog.getByRole('button', { name: 'Add and test' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await add.click();
  await address.fill('http://second.example');
  await dialog.getByRole('button', { name: 'Add and test' }).click();
  await expect.element(dialog.getByRole('button', { name: 'Testing…' })).toBeVisible();
  first.open('server-1' as ServerId);
  await first.passed;
  await expect.element(dialog.getByRole('button', { name: 'Testing…' })).toBeVisible();
  expect(core.calls.at(-1)).toMatchObject({ args: [{ url: 'http://second.example' }] });
  second.open('server-2' as ServerId);
  await expect.element(add).toHaveFocus();
});

test('what is wrong with an address is said beside it, and nothing that was typed is lost', async () => {
  const core = await openServers([]);
  core.on('addServer', async () => {
    throw new AppError('bad-input', 'An address begins with http:// or https://.');
  });
  await address.fill('http://me@gpu');
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('begins with http');
  await expect.element(address).toHaveValue('http://me@gpu');
});

test('a test that failed says why, can be run again, and a model is chosen', async () => {
  const problem = { kind: 'refused', message: 'Nothing listens at gpu.example:8000.' } as const;
  const core = await openServers([serverView({ check: { type: 'failed', problem } })]);
  const status = dialog.getByRole('status', { name: 'Test of Team' });
  await expect.element(status).toHaveTextContent(problem.message);
  core.on('testServer', async () => core.snapshot('servers', { servers: [serverView()] }));
  await dialog.getByRole('button', { name: 'Test Team' }).click();
  await expect.element(status).toHaveTextContent('Works, and offers 1 model');
  await dialog.getByRole('button', { name: 'openchat/openchat-3.5-1210' }).click();
  expect(core.calls.at(-1)).toEqual({
    method: 'chooseModel',
    args: ['http:openchat/openchat-3.5-1210'],
  });
  // Both dialogs are gone: the person is where they write.
  await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
});

test('while a server is tested, a model is chosen and a server removed', async () => {
  const core = await openServers([serverView()]);
  core.on('testServer', () => {
    core.snapshot('servers', { servers: [serverView({ check: { type: 'testing' } })] });
    return new Promise(() => {});
  });
  await dialog.getByRole('button', { name: 'Test Team' }).click();
  await dialog.getByRole('button', { name: 'Remove Team' }).click();
  await dialog.getByRole('button', { name: 'Remove it and its key' }).click();
  await expect.poll(() => core.calls.at(-1)?.method).toBe('removeServer');
  await dialog.getByRole('button', { name: 'openchat/openchat-3.5-1210' }).click();
  await expect.poll(() => core.calls.at(-1)?.method).toBe('chooseModel');
});

test('changing keeps the saved key unless another is typed or it is removed', async () => {
  const core = await openServers([serverView({ hasKey: true })]);
  const change = dialog.getByRole('button', { name: 'Change Team' });
  await change.click();
  const form = dialog.getByRole('form', { name: 'Change server' });
  await expect.element(form.getByRole('combobox')).toHaveFocus();
  await expect.element(form.getByLabelText('Key, if it wants one')).toHaveValue('');
  await form.getByRole('textbox', { name: 'Name, if you like' }).fill('Lab');
  await form.getByRole('button', { name: 'Save and test' }).click();
  expect(core.calls.at(-1)).toMatchObject({
    method: 'changeServer',
    args: ['server-1', { name: 'Lab', key: null }],
  });
  await expect.element(change).toHaveFocus();
  await change.click();
  await form.getByRole('button', { name: 'Remove the key' }).click();
  await form.getByRole('button', { name: 'Save and test' }).click();
  expect(core.calls.at(-1)).toMatchObject({ args: ['server-1', { key: '' }] });
});

test('the focus stays where a key is removed, and on the button whose test is under way', async () => {
  const core = await openServers([serverView({ hasKey: true })]);
  const press = async (name: string) => {
    (dialog.getByRole('button', { name }).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
  };
  await press('Change Team');
  await press('Remove the key');
  await expect.element(dialog).toHaveFocus();
  const saving = makeGate();
  core.on('changeServer', () => saving.passed);
  await press('Save and test');
  const busy = dialog.getByRole('button', { name: 'Testing…' });
  await expect.element(busy).toBeVisible();
  await painted();
  await userEvent.keyboard('{Enter}');
  await expect.element(busy).toHaveFocus();
  saving.open();
  await expect.element(dialog.getByRole('button', { name: 'Change Team' })).toHaveFocus();
  expect(core.calls.filter(({ method }) => method === 'changeServer')).toHaveLength(1);

  core.on('testServer', async () =>
    core.snapshot('servers', { servers: [serverView({ check: { type: 'testing' } })] }),
  );
  await press('Test Team');
  await expect.element(dialog.getByRole('status', { name: 'Test of Team' })).not.toHaveTextContent('Works');
  await painted();
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByRole('button', { name: 'Test Team' })).toHaveFocus();
  expect(core.calls.filter(({ method }) => method === 'testServer')).toHaveLength(1);
});

test('removing asks once more, by keyboard alone', async () => {
  const core = await openServers([serverView()]);
  dialog.getByRole('button', { name: 'Remove Team' }).element().focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByRole('button', { name: 'Remove it and its key' })).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => core.calls.at(-1)).toEqual({ method: 'removeServer', args: ['server-1'] });
  // Escape closes this dialog and leaves the one behind it.
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await expect.element(page.getByRole('dialog', { name: 'Choose a model' })).toBeVisible();
});

test('with a server’s model the screen says where text goes', async () => {
  const core = openNewChat();
  const model = {
    ...pocket,
    id: 'http:tiny',
    engine: 'http' as const,
    label: 'tiny',
    builtIn: false,
    sentTo: ['http://gpu.example:8000'],
  };
  core.on('listModels', async () => [model, pocket]);
  core.snapshot('engine', engineState({ model }));
  await expect
    .element(page.getByText('What you write is sent to http://gpu.example:8000', { exact: false }))
    .toBeVisible();
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await expect
    .element(page.getByRole('button', { name: /^tiny/ }))
    .toHaveTextContent('On a server: what you write is sent to http://gpu.example:8000');
});
