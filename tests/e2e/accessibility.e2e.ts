import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { DevicesScreen, openGuest, openHost } from '../support/house.ts';

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };

/** What axe finds that keeps people out, as readable lines. */
async function barriers(page: Page): Promise<string[]> {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  // A run that looked at nothing would find nothing.
  expect(passes.map(({ id }) => id)).toContain('color-contrast');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** Presses Tab, and nothing else, until the focus is there. */
async function tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const isThere = (): Promise<boolean> =>
    target.evaluateAll((found) => found.some((element) => element === document.activeElement));
  for (let presses = 0; presses < 40 && !(await isThere()); presses++) {
    await target.page().keyboard.press(key);
  }
  await expect(target).toBeFocused();
}

test.describe('axe', () => {
  // axe is a script that the page's own policy rightly refuses.
  test.use({ bypassCSP: true });

  test('finds no serious barrier on the screens of a host and its guest', async ({ app, browser }) => {
    const host = await openHost(browser, app.url);
    const guest = await openGuest(browser, await host.devices.addDevice());
    // Colours on their way from one to another have no contrast to speak of.
    for (const { page } of [host.chat, guest.chat]) await page.emulateMedia({ reducedMotion: 'reduce' });
    await expect(host.chat.page.getByRole('alertdialog')).toBeVisible();
    await expect(guest.devices.dialog).toContainText('It shows the same number');
    expect(await barriers(host.chat.page), 'a device asks to come in').toEqual([]);
    expect(await barriers(guest.chat.page), 'the way to the host').toEqual([]);
    await host.devices.approve();
    await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
    await host.devices.dialog.getByRole('button', { name: /^Settings of/ }).click();
    expect(await barriers(host.chat.page), 'what a device may').toEqual([]);
    await guest.devices.open();
    expect(await barriers(guest.chat.page), 'connected').toEqual([]);
    await guest.context.close();
    await host.context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`finds no serious barrier on any screen, ${colorScheme}`, async ({ app, context }) => {
      const page = await context.newPage();
      // Colours on their way from one to another have no contrast to speak of.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const chat = await ChatPage.open(page, app.url);
      await expect(page.getByRole('heading', { name: 'Welcome to Hearth' })).toBeVisible();
      expect(await barriers(page), 'first run').toEqual([]);

      await chat.chat('Write hello world in Python');
      expect(await barriers(page), 'a conversation').toEqual([]);

      await page.getByRole('button', { name: 'Model' }).click();
      const dialog = page.getByRole('dialog', { name: 'Choose a model' });
      await expect(dialog.getByRole('button', { name: /Pocket/ })).toBeVisible();
      expect(await barriers(page), 'the model dialog').toEqual([]);
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();

      await page.getByRole('button', { name: 'Keep a copy' }).click();
      const copies = page.getByRole('dialog', { name: 'Keep your conversations' });
      await expect(copies).toBeVisible();
      expect(await barriers(page), 'keeping a copy').toEqual([]);
      await page.keyboard.press('Escape');
      await expect(copies).toBeHidden();

      const devices = new DevicesScreen(page);
      await devices.addDevice();
      expect(await barriers(page), 'adding a device').toEqual([]);
      await devices.close();

      await page.getByRole('searchbox', { name: 'Search conversations' }).fill('python');
      await expect(page.locator('mark').first()).toBeVisible();
      expect(await barriers(page), 'search results').toEqual([]);
      await page.getByRole('searchbox', { name: 'Search conversations' }).fill('');

      await page.setViewportSize(phone);
      await page.getByRole('button', { name: 'Show conversations' }).click();
      await expect(page.getByRole('link', { name: /hello world/ })).toBeInViewport();
      expect(await barriers(page), 'the drawer').toEqual([]);
    });
  }
});

for (const [name, viewport] of Object.entries({ desk, phone })) {
  test(`everything is reached by keyboard alone, ${name}`, async ({ app, context }) => {
    const page = await context.newPage();
    await page.setViewportSize(viewport);
    const chat = await ChatPage.open(page, app.url);
    const { keyboard } = page;
    const openMenu = page.locator('[role=menu]:focus-within');
    const list = page.getByRole('navigation', { name: 'Conversations' });

    await keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Skip to the message box' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(chat.message).toBeFocused();

    await keyboard.type('Write a long story');
    await tabTo(chat.send);
    await keyboard.press('Enter');
    // The button that was pressed is gone; its work goes on beside it.
    await expect(chat.stop).toBeVisible();
    await expect(chat.message).toBeFocused();
    await chat.writing();
    await tabTo(chat.stop);
    await keyboard.press('Enter');
    await expect(chat.answers.last()).toContainText('Stopped');
    await expect(chat.message).toBeFocused();

    const openList = async (): Promise<void> => {
      if (viewport !== phone) return;
      await tabTo(page.getByRole('button', { name: 'Show conversations' }), 'Shift+Tab');
      await keyboard.press('Enter');
      await expect(list.getByRole('button', { name: 'Close' })).toBeFocused();
    };
    await openList();
    await tabTo(list.getByRole('button', { name: 'New chat' }), viewport === phone ? 'Tab' : 'Shift+Tab');
    await keyboard.press('Enter');
    await expect(chat.message).toBeFocused();
    expect(new URL(page.url()).hash).toBe('#/');

    await openList();
    await tabTo(
      list.getByRole('link', { name: 'Write a long story' }),
      viewport === phone ? 'Tab' : 'Shift+Tab',
    );
    await keyboard.press('Tab');
    await expect(list.getByRole('button', { name: 'Options' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(openMenu).toBeVisible();
    await keyboard.press('Home');
    await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Title' })).toBeFocused();
    await keyboard.type('The fox');
    await keyboard.press('Enter');
    const link = list.getByRole('link', { name: 'The fox' });
    await expect(link).toBeFocused();
    await expect(page.getByRole('menu')).toHaveCount(0);

    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await expect(openMenu).toBeVisible();
    await keyboard.press('End');
    await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(link).toBeHidden();
    await tabTo(page.getByRole('button', { name: 'Undo' }));
    await keyboard.press('Enter');
    await expect(link).toBeVisible();
  });
}
