import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { chatOf } from '../../support/scripted-state.ts';
import { makeScriptedCore, type ScriptedCore } from '../../support/scripted-core.ts';
import { openChat } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/ArchiveDialog.tsx';
import '../../../src/ui/views/ConversationMenu.tsx';
import '../../../src/ui/views/ModelDialog.tsx';

const list = page.getByRole('navigation', { name: 'Conversations' });
const copies = page.getByRole('dialog', { name: 'Keep your conversations' });
let watchers: CloseWatcher[];
let core: ScriptedCore;

/** What a phone's Back asks of the uppermost. */
const back = () => watchers.at(-1)?.requestClose();

beforeEach(async () => {
  watchers = [];
  class Noted extends CloseWatcher {
    constructor() {
      super();
      watchers.push(this);
    }
    override destroy(): void {
      super.destroy();
      watchers = watchers.filter((watcher) => watcher !== this);
    }
  }
  vi.stubGlobal('CloseWatcher', Noted);
  onTestFinished(() => void vi.unstubAllGlobals());
  await page.viewport(390, 800);
  core = makeScriptedCore();
  core.on('search', async () => []);
  openChat(chatOf(['a question', 'an answer']), core);
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await expect.element(list).toBeVisible();
});

test('Back closes the dialog, and then the drawer that it was opened from', async () => {
  await list.getByRole('button', { name: 'Keep a copy' }).click();
  await expect.element(copies).toBeVisible();
  back();
  await expect.element(copies).not.toBeInTheDocument();
  await expect.element(list.getByRole('button', { name: 'Keep a copy' })).toHaveFocus();
  back();
  await expect.element(list).not.toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'Show conversations' })).toHaveFocus();
  expect(watchers).toEqual([]);
});

test('Escape closes the dialog, and the next one the drawer', async () => {
  await list.getByRole('button', { name: 'Keep a copy' }).click();
  await expect.element(copies).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(copies).not.toBeInTheDocument();
  await expect.element(list).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(list).not.toBeInTheDocument();
});

test('an Escape that ends a search, or closes a menu, leaves the drawer', async () => {
  const box = list.getByRole('searchbox');
  await box.fill('words');
  await userEvent.keyboard('{Escape}');
  await expect.element(box).toHaveValue('');
  await expect.element(list).toBeVisible();
  await list.getByRole('button', { name: 'Options' }).click();
  await expect.element(page.getByRole('menu')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('menu')).not.toBeInTheDocument();
  await expect.element(list).toBeVisible();
  await list.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await expect.element(page.getByRole('textbox', { name: 'Title' })).toHaveFocus();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('textbox', { name: 'Title' })).not.toBeInTheDocument();
  // The drawer takes its time to go: what would tell of it is looked at.
  expect(watchers).toHaveLength(1);
});

test('Back closes the servers’ screen before the models’, and does all that its button does', async () => {
  await userEvent.keyboard('{Escape}');
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: 'Servers' }).click();
  const servers = page.getByRole('dialog', { name: 'Servers' });
  await expect.element(servers).toBeVisible();
  const listed = () => core.calls.filter(({ method }) => method === 'listModels').length;
  const before = listed();
  back();
  await expect.element(servers).not.toBeInTheDocument();
  // Other models may be offered now.
  expect(listed()).toBe(before + 1);
  const models = page.getByRole('dialog', { name: 'Choose a model' });
  await expect.element(models).toBeVisible();
  back();
  await expect.element(models).not.toBeInTheDocument();
});
