import { expect, onTestFinished, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { chatOf, engineState, pocket } from '../../support/scripted-state.ts';
import { messageBox, openChat, openNewChat, pretendTouch, sendButton, stopButton } from './show-app.tsx';

test('on touch Enter begins a line in the message box too, and the button sends', async () => {
  pretendTouch();
  const core = openNewChat();
  await expect.element(messageBox).toHaveAttribute('enterkeyhint', 'enter');
  await messageBox.fill('one');
  await userEvent.type(messageBox, '{Enter}two');
  await expect.element(messageBox).toHaveValue('one\ntwo');
  expect(core.calls).toEqual([]);
  await sendButton.click();
  await expect.poll(() => core.calls).toMatchObject([{ method: 'send', args: [{ text: 'one\ntwo' }] }]);
});

test('a keyboard that has Ctrl sends with it on touch, too', async () => {
  pretendTouch();
  const core = openNewChat();
  await messageBox.fill('one');
  const key = { key: 'Enter', ctrlKey: true, bubbles: true };
  messageBox.element().dispatchEvent(new KeyboardEvent('keydown', key));
  await expect.poll(() => core.calls).toMatchObject([{ method: 'send', args: [{ text: 'one' }] }]);
});

test('with a keyboard Enter sends, and says so', async () => {
  openChat(chatOf(['words', 'answer']));
  await expect.element(messageBox).toHaveAttribute('enterkeyhint', 'send');
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect
    .element(page.getByRole('textbox', { name: 'New wording' }))
    .toHaveAttribute('enterkeyhint', 'done');
});

/** The styles for fingers hold from here on, of those that are loaded by now. */
function styleForTouch(): void {
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSMediaRule) || rule.media.mediaText !== '(pointer: coarse)') continue;
      rule.media.mediaText = 'all';
      onTestFinished(() => void (rule.media.mediaText = '(pointer: coarse)'));
    }
  }
}

test('while an answer is written Send and Stop have room beside each other on a small screen', async () => {
  await page.viewport(320, 700);
  pretendTouch();
  const chat = chatOf(['words', 'answer']);
  for (const message of chat.list) if (message.role === 'assistant') message.state = 'running';
  openChat(chat);
  await messageBox.fill('meanwhile');
  styleForTouch();
  await expect.element(sendButton).toBeVisible();
  const boxes = [messageBox, stopButton, sendButton].map((part) => part.element().getBoundingClientRect());
  expect(boxes.map(({ width }) => width >= 44)).toEqual([true, true, true]);
  expect(boxes[0]?.width).toBeGreaterThan(100);
  expect(boxes[2]?.right).toBeLessThanOrEqual(320);
  expect(boxes[1]?.right).toBeLessThanOrEqual(boxes[2]?.left ?? 0);
});

test('what opens thoughts, and benchmarks, is as high as a finger', async () => {
  const chat = chatOf(['words', '<think>Hm.</think>Yes.']);
  const core = makeScriptedCore();
  const about = {
    family: 'OpenChat',
    source: 'weights-missing' as const,
    downloadBytes: null,
    largestBufferBytes: 0,
    contextTokens: 8192,
    licence: null,
    limits: [],
    origin: 'huggingface.co',
  };
  core.on('listModels', async () => [{ ...pocket, id: 'openchat', label: 'OpenChat', about }]);
  openChat(chat, core);
  await expect.element(page.getByRole('button', { name: 'Thoughts' })).toBeVisible();
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: /^OpenChat/ }).click();
  await expect.element(page.getByText('Benchmarks from its model card')).toBeVisible();
  styleForTouch();
  const heights = ['.thoughts-button', '.model-section summary'].map((selector) =>
    Math.round(document.querySelector(selector)?.getBoundingClientRect().height ?? 0),
  );
  for (const height of heights) expect(height).toBeGreaterThanOrEqual(44);
});

/** Fields that iOS would zoom in on. */
const smallFields = () =>
  [...document.querySelectorAll<HTMLInputElement>('input, select, textarea')]
    .filter(({ type }) => type !== 'checkbox' && type !== 'file')
    .filter((field) => Number.parseFloat(getComputedStyle(field).fontSize) < 16)
    .map((field) => field.getAttribute('aria-label') ?? field.labels?.[0]?.textContent);

test('no field is so small that iOS zooms in on it, and none leaves a small screen', async () => {
  await page.viewport(320, 700);
  const core = makeScriptedCore();
  core.on('listModels', async () => [pocket]);
  core.snapshot('engine', engineState());
  openNewChat(core);
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: 'Servers' }).click();
  const dialog = page.getByRole('dialog', { name: 'Servers' });
  await expect.element(dialog.getByRole('textbox', { name: 'Address' })).toBeVisible();
  await expect.element(page.getByLabelText('Search models')).toBeInTheDocument();
  styleForTouch();
  expect(smallFields()).toEqual([]);
  const wide = [...document.querySelectorAll('.dialog *')].filter(
    (part) => part.getBoundingClientRect().right > 320,
  );
  expect(wide.map(({ className }) => className)).toEqual([]);
});
