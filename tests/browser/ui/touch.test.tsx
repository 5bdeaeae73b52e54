import { expect, onTestFinished, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { chatOf, engineState, pocket } from '../../support/scripted-state.ts';
import { messageBox, openChat, openNewChat, pretendTouch, sendButton } from './show-app.tsx';

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
