import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { AppError } from '../../../src/shared/errors.ts';
import { fileNameOf } from '../../../src/ui/state/save-file.ts';
import { conversationOf, openCore } from '../../support/scripted-state.ts';
import { makeGate } from '../../support/make-gate.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { openPage, painted } from './show-app.tsx';
// Loaded on demand in life; here beforehand, or a test would wait for its compilation.
import '../../../src/ui/views/ArchiveDialog.tsx';
import '../../../src/ui/views/ConversationMenu.tsx';
import '../../../src/ui/views/Toasts.tsx';

const dialog = page.getByRole('dialog', { name: 'Keep your conversations' });
const file = new File(['x'], 'hearth.jsonl');
let core: ReturnType<typeof makeScriptedCore>;
let saved: { name: string; blob: Promise<Blob> }[];

beforeEach(() => {
  saved = [];
  // What a click on a link with `download` would hand to the browser.
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, blob: fetch(this.href).then((response) => response.blob()) });
  });
  core = makeScriptedCore();
  const updatedAt = Date.now() - 1000;
  openCore(core, [
    conversationOf({ title: 'A chat: with / signs?' }),
    conversationOf({ title: 'Another', updatedAt }),
  ]);
  openPage(core, '#/');
});

const open = () => page.getByRole('button', { name: 'Keep a copy' }).click();
const take = () => userEvent.upload(dialog.getByLabelText('File of saved conversations'), file);

test('nothing that opens and closes has an animation: hiding would wait for the end of one that was missed', async () => {
  await open();
  await expect.element(dialog).toBeVisible();
  const names = () =>
    Array.from(
      document.querySelectorAll('.dialog, .dialog-scrim, .menu, .toast'),
      (element) => getComputedStyle(element).animationName,
    );
  expect(names()).toEqual(['none', 'none']);
  await userEvent.keyboard('{Escape}');
  await expect.element(dialog).not.toBeInTheDocument();
  await page.getByRole('button', { name: 'Options' }).nth(0).click();
  await expect.element(page.getByRole('menu')).toBeVisible();
  expect(names()).toEqual(['none']);
});

test('all of it is saved to one file', async () => {
  core.on('saveArchive', async () => new Blob(['all that was said']));
  await open();
  await expect.element(dialog).toHaveTextContent('One file with all 2 conversations.');
  await dialog.getByRole('button', { name: 'Save to a file' }).click();
  await expect.poll(() => saved.length).toBe(1);
  expect(saved[0]?.name).toMatch(/^hearth-\d{4}-\d\d-\d\d\.jsonl$/);
  expect(await (await saved[0]?.blob)?.text()).toBe('all that was said');
});

test('the focus stays on what is being done, and in the dialog when the browser has promised', async () => {
  const made = makeGate<Blob>();
  core.on('saveArchive', () => made.passed);
  let isPromised = false;
  vi.spyOn(navigator.storage, 'persisted').mockImplementation(async () => isPromised);
  vi.spyOn(navigator.storage, 'persist').mockImplementation(async () => (isPromised = true));
  onTestFinished(() => void vi.restoreAllMocks());
  await open();
  (dialog.getByRole('button', { name: 'Save to a file' }).element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  const busy = dialog.getByRole('button', { name: 'Saving' });
  await expect.element(busy).toBeVisible();
  await painted();
  await userEvent.keyboard('{Enter}');
  await expect.element(busy).toHaveFocus();
  made.open(new Blob(['all']));
  await expect.element(dialog.getByRole('button', { name: 'Save to a file' })).toHaveFocus();
  expect(core.calls.filter(({ method }) => method === 'saveArchive')).toHaveLength(1);

  const ask = dialog.getByRole('button', { name: 'Ask the browser to keep it' });
  (ask.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.element(ask).not.toBeInTheDocument();
  await expect.element(dialog).toHaveFocus();
});

test('what became of a file is told, with every problem', async () => {
  core.on('addArchive', async () => ({
    added: 1,
    completed: 2,
    known: 1,
    refused: 1,
    problems: ['Conversation 3: it is damaged.'],
  }));
  await open();
  await take();
  const status = dialog.getByRole('status').filter({ hasText: 'added' });
  await expect
    .element(status)
    .toHaveTextContent('1 conversation added, 2 completed, 1 was here already, 1 could not be read.');
  await expect.element(status).toHaveTextContent('Conversation 3: it is damaged.');
});

test('a file of another kind is refused with the reason, and the next one is taken', async () => {
  core.on('addArchive', async () => {
    throw new AppError('bad-input', 'This is no file of conversations that Hearth saved.');
  });
  await open();
  await take();
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('This is no file of conversations');
  core.on('addArchive', async () => ({ added: 0, completed: 0, known: 0, refused: 0, problems: [] }));
  await take();
  await expect.element(dialog.getByText('The file holds no conversations.')).toBeVisible();
  await expect.element(dialog.getByRole('alert')).not.toBeInTheDocument();
});

test('one conversation is saved as a document with its title for a name', async () => {
  core.on('writeMarkdown', async () => '# A chat');
  await page.getByRole('button', { name: 'Options' }).nth(0).click();
  await page.getByRole('menuitem', { name: 'Save as Markdown' }).click();
  await expect.poll(() => saved.length).toBe(1);
  expect(saved[0]?.name).toBe('A chat with signs.md');
  expect(await (await saved[0]?.blob)?.text()).toBe('# A chat');
});

test.each([
  ['../../etc/passwd', 'etc passwd.md'],
  ['CON:|?*', 'CON.md'],
  ['…', 'Conversation.md'],
  ['Ünïcode über 火', 'Ünïcode über 火.md'],
  ['x'.repeat(300), `${'x'.repeat(80)}.md`],
])('%s becomes a plain name', (title, name) => {
  expect(fileNameOf(title, 'md')).toBe(name);
});
