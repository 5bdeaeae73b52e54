import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { readTextFile, withFile } from '../../../src/ui/state/file-text.ts';
import { chatOf, conversationOf } from '../../support/scripted-state.ts';
import { messageBox, openChat, openNewChat } from './show-app.tsx';

const notes = new File(['Buy milk.\n'], 'notes.txt');
const picture = new File([new Uint8Array([0x89, 0x50, 0, 0xff])], 'cat.png');

describe('on the page', () => {
  beforeEach(() => openChat(chatOf(['one', 'two'])));
  const choose = (files: File[]) => userEvent.upload(page.getByLabelText('Text files'), files);

  test('a text file stands in the message, behind what is typed', async () => {
    await messageBox.fill('Shorten this.');
    await choose([notes]);
    await expect.element(messageBox).toHaveValue('Shorten this.\n\nnotes.txt:\n```txt\nBuy milk.\n```\n\n');
    await expect.element(messageBox).toHaveFocus();
  });

  test('what is no text is refused by name, and the draft stays', async () => {
    await messageBox.fill('Look.');
    await choose([picture]);
    await expect.element(page.getByRole('alert')).toHaveTextContent('cat.png is no text.');
    await expect.element(messageBox).toHaveValue('Look.');
    await choose([notes]);
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  });

  test('a refusal is not told any more once a message is sent', async () => {
    await choose([picture]);
    await expect.element(page.getByRole('alert')).toBeVisible();
    await messageBox.fill('Never mind.');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  });

  test('nor in another conversation', async () => {
    await choose([picture]);
    await expect.element(page.getByRole('alert')).toBeVisible();
    await page.getByRole('button', { name: 'New chat' }).click();
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  });

  test.each(['drop', 'paste'] as const)('files come by %s, too', async (type) => {
    const data = new DataTransfer();
    data.items.add(notes);
    const area = messageBox.element();
    const shared = { bubbles: true, cancelable: true };
    const event =
      type === 'drop'
        ? new DragEvent('drop', { ...shared, dataTransfer: data })
        : new ClipboardEvent('paste', { ...shared, clipboardData: data });
    area.dispatchEvent(event);
    // The browser would leave the page for the file.
    expect(event.defaultPrevented).toBe(true);
    await expect.element(messageBox).toHaveValue('notes.txt:\n```txt\nBuy milk.\n```\n\n');
  });

  test('text that is pasted with a picture of itself is text', async () => {
    const data = new DataTransfer();
    data.items.add(picture);
    data.setData('text/plain', 'Text');
    const event = new ClipboardEvent('paste', { cancelable: true, clipboardData: data });
    messageBox.element().dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
  });
});

describe('while a file is being read', () => {
  let release: () => void;
  /** From a slow disk: nothing comes until it is released. */
  beforeEach(() => {
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { arrayBuffer } = Blob.prototype;
    vi.spyOn(Blob.prototype, 'arrayBuffer').mockImplementation(async function (this: Blob) {
      await gate;
      return arrayBuffer.call(this);
    });
  });
  afterEach(() => vi.restoreAllMocks());

  const drop = (...files: File[]) => {
    const dataTransfer = new DataTransfer();
    for (const file of files) dataTransfer.items.add(file);
    messageBox
      .element()
      .dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
  };
  const inBox = 'notes.txt:\n```txt\nBuy milk.\n```\n\n';

  test('it goes to the chat that it was added to', async () => {
    openChat(chatOf(['one', 'two']));
    drop(notes);
    await page.getByRole('button', { name: 'New chat' }).click();
    await messageBox.fill('Something else.');
    release();
    await expect.poll(() => Object.values(localStorage)).toContain(inBox);
    history.back();
    await expect.element(messageBox).toHaveValue(inBox);
    history.forward();
    await expect.element(messageBox).toHaveValue('Something else.');
  });

  test('a new chat that is sent meanwhile takes it along', async () => {
    const core = openNewChat();
    core.on('send', async ({ conversationId: id }) =>
      core.snapshot(`conversation:${id}`, { conversation: conversationOf({ id }), messages: {} }),
    );
    await messageBox.fill('Wait for my notes.');
    drop(notes);
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => location.hash).toContain('#/c/');
    release();
    await expect.element(messageBox).toHaveValue(inBox);
  });

  test('more of them wait their turn, and all that are refused are named', async () => {
    openChat(chatOf(['one', 'two']));
    drop(picture, new File(['A'], 'a.txt'));
    drop(new File([new Uint8Array(2)], 'dog.png'), notes);
    release();
    await expect.element(messageBox).toHaveValue(`a.txt:\n\`\`\`txt\nA\n\`\`\`\n\n${inBox}`);
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent(/cat\.png is no text.*dog\.png is no text/);
  });
});

test('a file with fences of its own is in a longer one', () => {
  expect(withFile('', 'a.md', '````\nx\n````')).toBe('a.md:\n`````md\n````\nx\n````\n`````\n\n');
});

test('a name cannot break out of its line', () => {
  expect(withFile('', 'a`\n`b', 'x')).toBe('a b:\n```\nx\n```\n\n');
});

test('a byte order mark goes, and a file that is too long is refused', async () => {
  expect(await readTextFile(new File(['\uFEFFä'], 'a.txt'))).toBe('ä');
  await expect(readTextFile(new File([new Uint8Array(250_001)], 'long.log'))).rejects.toMatchObject({
    code: 'bad-input',
    message: 'long.log is longer than 250 kB.',
  });
});

test.each([
  ['UTF-16, little end first', [0xff, 0xfe, 0x41, 0, 0xe4, 0, 0x0a, 0], 'Aä\n'],
  ['UTF-16, big end first', [0xfe, 0xff, 0, 0x41, 0, 0xe4], 'Aä'],
  ['windows-1252', [0x80, 0x20, 0xe4, 0x09, 0x93, 0x0d, 0x0a], '€ ä\t“\r\n'],
])('text in %s is text', async (_, bytes, text) => {
  expect(await readTextFile(new File([new Uint8Array(bytes)], 'a.txt'))).toBe(text);
});

test.each([
  ['half a character of UTF-16', [0xff, 0xfe, 0x41]],
  ['a NUL in UTF-16, as in UTF-32', [0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]],
  ['a control byte among those that are not UTF-8', [0xe4, 0x1b, 0x41]],
  ['a byte that windows-1252 has no sign for', [0xe4, 0x81, 0x41]],
])('%s makes no text', async (_, bytes) => {
  await expect(readTextFile(new File([new Uint8Array(bytes)], 'a.bin'))).rejects.toMatchObject({
    message: expect.stringContaining('a.bin is no text.') as string,
  });
});
