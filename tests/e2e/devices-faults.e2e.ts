import { chromium, type BrowserServer, type Page } from '@playwright/test';
import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { crashPage } from '../support/core-target.ts';
import { expect, test } from '../support/fixtures.ts';
import { openHost, pairGuest, type Guest, type Host } from '../support/house.ts';

/*
 * Something goes wrong in the middle of an answer. However it goes on, by itself or after Continue, its text is that of
 * the undisturbed one, to the character.
 */

const question = 'Write a long story';

/** The undisturbed answer: always the same, so it is made once. */
let whole: string | null = null;

async function undisturbed(host: Host): Promise<string> {
  whole ??= await host.chat.chat(question);
  return whole;
}

async function expectWhole(guest: Guest, expected: string): Promise<void> {
  await guest.chat.finished();
  const button = guest.chat.answers.last().getByRole('button', { name: 'Continue' });
  if (await button.isVisible()) await guest.chat.continueLast();
  expect(await guest.chat.lastAnswer()).toBe(expected);
  await expect(guest.chat.answers).toHaveCount(1);
}

/** Until the data channel carries the session, so that it is what goes wrong. */
async function untilDirect({ devices }: Guest): Promise<void> {
  await devices.open();
  await expect(devices.dialog).toContainText('Connected directly', { timeout: answerTimeout });
  await devices.close();
}

interface Fault {
  name: string;
  /** Another tab of the host, which takes over. */
  secondTab?: boolean;
  strike(host: Host, guest: Guest): Promise<void>;
}

/** Its code stands still, its connections stay open: as when the system freezes a tab. */
async function freeze(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Debugger.enable');
  await session.send('Debugger.pause');
}

const faults: Fault[] = [
  {
    name: 'the phone’s page is reloaded',
    strike: async (_, guest) => void (await guest.chat.page.reload()),
  },
  {
    name: 'the laptop’s only tab is reloaded',
    strike: async (host) => void (await host.chat.page.reload()),
  },
  {
    name: 'the laptop’s tab with the data channel is closed',
    secondTab: true,
    strike: (host) => host.chat.page.close(),
  },
  {
    name: 'the laptop’s tab with the data channel freezes',
    secondTab: true,
    strike: (host) => freeze(host.chat.page),
  },
  {
    name: 'the laptop’s tab with the data channel, which also started the core, crashes',
    secondTab: true,
    async strike(host) {
      await crashPage(await host.context.newCDPSession(host.chat.page));
    },
  },
  {
    name: 'the phone is told to use the relay only',
    async strike(_, guest) {
      await guest.devices.open();
      await guest.devices.dialog.getByRole('switch', { name: 'Use relay only' }).click();
      await guest.devices.close();
    },
  },
];

for (const fault of faults) {
  test(`mid-answer: ${fault.name}`, async ({ app, browser }) => {
    const host = await openHost(browser, app.url);
    if (fault.secondTab) await ChatPage.open(await host.context.newPage(), app.url);
    await host.chat.page.bringToFront();
    const expected = await undisturbed(host);
    const guest = await pairGuest(browser, host);
    await untilDirect(guest);
    await guest.chat.ask(question);
    await guest.chat.writing();
    await fault.strike(host, guest);
    await expectWhole(guest, expected);
    await guest.context.close();
    await host.context.close();
  });
}

test('mid-answer: the server is killed and started again', async ({ app, browser }) => {
  const host = await openHost(browser, app.url);
  const expected = await undisturbed(host);
  const guest = await pairGuest(browser, host);
  await guest.chat.ask(question);
  await guest.chat.writing();
  await app.restart();
  await expectWhole(guest, expected);
  await guest.context.close();
  await host.context.close();
});

/** Stops every process of a browser, or lets them go on: a phone that sleeps. */
const signalAll = (server: BrowserServer, signal: 'SIGSTOP' | 'SIGCONT'): void => {
  const { pid } = server.process();
  if (pid !== undefined) process.kill(-pid, signal);
};

test('mid-answer: the phone sleeps for ten seconds', async ({ app, browser }) => {
  const phone = await chromium.launchServer(launchOptions());
  const phoneBrowser = await chromium.connect(phone.wsEndpoint());
  const host = await openHost(browser, app.url);
  const expected = await undisturbed(host);
  const guest = await pairGuest(phoneBrowser, host);
  await guest.chat.ask(question);
  await guest.chat.writing();
  signalAll(phone, 'SIGSTOP');
  // What is tested is that time passes, so there is nothing else to wait for.
  await new Promise((resolve) => {
    setTimeout(resolve, 10_000);
  });
  signalAll(phone, 'SIGCONT');
  await expectWhole(guest, expected);
  await phoneBrowser.close();
  await phone.close();
  await host.context.close();
});
