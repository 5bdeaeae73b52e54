import { networkInterfaces } from 'node:os';
import { expect, type Browser, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { ChatPage, answerTimeout } from './chat-page.ts';

/** This machine's address in its network, by which another device would open Hearth; null without a network. */
function lanAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}

/**
 * The app's address as a phone opens it: plain HTTP and not localhost, so no WebGPU, no Web Locks, no `crypto.subtle`.
 * Throws where the machine has no network: nothing of this can be tested then.
 */
export function lanUrl(appUrl: string): string {
  const address = lanAddress();
  if (address === null)
    throw new Error('This machine has no network address, so no second device can be played.');
  const url = new URL(appUrl);
  url.hostname = address;
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

  async approve(button: 'Allow once' | 'Always allow' | 'Don’t allow' = 'Always allow'): Promise<void> {
    await this.page.getByRole('button', { name: new RegExp(button.replace('’', '.')) }).click();
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

/** A second profile that opens the host's link, is let in, and waits until the host's GPU is there for it. */
export async function pairGuest(browser: Browser, host: Host): Promise<Guest> {
  const link = await host.devices.addDevice();
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(link);
  await host.devices.approve();
  const chat = new ChatPage(page);
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });
  await host.devices.close();
  return { context, chat, devices: new DevicesScreen(page) };
}
