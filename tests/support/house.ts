import { networkInterfaces } from 'node:os';
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { ChatPage, answerTimeout } from './chat-page.ts';

/** This machine's address in its network, by which another device opens Hearth. Throws where there is no network. */
export function lanAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined)
    throw new Error('This machine has no network address: no second device can be played.');
  return found.address;
}

/**
 * The app's address as a phone opens it: plain HTTP and not localhost, so no WebGPU, no Web Locks, no `crypto.subtle`.
 */
function lanUrl(appUrl: string): string {
  const url = new URL(appUrl);
  url.hostname = lanAddress();
  return url.href;
}

/** The Devices screen of one page. */
export class DevicesScreen {
  readonly page: Page;
  readonly dialog: Locator;
  readonly link: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'Devices' });
    this.link = this.dialog.getByRole('textbox', { name: 'Pairing link' });
  }

  async open(): Promise<void> {
    if (await this.dialog.isVisible()) return;
    await this.page.getByRole('button', { name: /^Devices/ }).click();
    await expect(this.dialog).toBeVisible();
  }

  async close(): Promise<void> {
    if (!(await this.dialog.isVisible())) return;
    await this.page.keyboard.press('Escape');
    await expect(this.dialog).toBeHidden();
  }

  /** Opens a pairing and returns its link. */
  async addDevice(): Promise<string> {
    await this.open();
    await this.dialog.getByRole('button', { name: 'Add a device' }).click();
    await expect(this.link).toHaveValue(/#p=1\./);
    return this.link.inputValue();
  }

  /** Says yes to the pairing link that was opened. */
  async acceptLink(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Use its GPU' }).click();
  }

  async approve(button: 'Allow once' | 'Always allow' | 'Don’t allow' = 'Always allow'): Promise<void> {
    await this.page.getByRole('button', { name: new RegExp(button.replace('’', '.')) }).click();
    // While it goes, it hides what lies under it.
    await expect(this.page.getByRole('alertdialog')).toHaveCount(0);
  }
}

export interface Guest {
  context: BrowserContext;
  chat: ChatPage;
  devices: DevicesScreen;
}

export interface Host {
  context: BrowserContext;
  chat: ChatPage;
  devices: DevicesScreen;
}

/** A browser profile with WebGPU at localhost, its model loaded. */
export async function openHost(browser: Browser, appUrl: string): Promise<Host> {
  const context = await browser.newContext();
  const chat = await ChatPage.open(await context.newPage(), appUrl);
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });
  return { context, chat, devices: new DevicesScreen(chat.page) };
}

/** A profile of a phone's size at this address, or its counterpart in the network. */
export async function openGuest(browser: Browser, url: string): Promise<Guest> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(new URL(url).hostname === 'localhost' ? lanUrl(url) : url);
  const devices = new DevicesScreen(page);
  if (new URL(url).hash.startsWith('#p=')) await devices.acceptLink();
  return { context, chat: new ChatPage(page), devices };
}

/** A second profile that opens the host's link, is let in, and waits until the host's GPU is there for it. */
export async function pairGuest(browser: Browser, host: Host): Promise<Guest> {
  const guest = await openGuest(browser, await host.devices.addDevice());
  await host.devices.approve();
  await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
  await host.devices.close();
  return guest;
}

/** The guest's only answer comes to be this text to the character, and by itself: nothing lost, nothing doubled, no Continue. */
export async function expectWhole({ chat }: Guest, expected: string): Promise<void> {
  await chat.finished();
  await expect(chat.answers.last().getByRole('button', { name: 'Continue' })).toBeHidden();
  expect(await chat.lastAnswer()).toBe(expected);
  await expect(chat.answers).toHaveCount(1);
}
