import type { Browser, Page } from '@playwright/test';
import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { crashGpu, crashPage, killCores } from '../support/core-target.ts';
import { expect, test } from '../support/fixtures.ts';
import { expectWhole, openHost, pairGuest, type Guest, type Host } from '../support/house.ts';
import { longQuestion } from '../support/long-story.ts';
import { startPhone } from '../support/sleeping-phone.ts';

/*
 * Something goes wrong in the middle of an answer. It goes on by itself, and its text is that of the undisturbed one, to
 * the character.
 */

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
  strike(host: Host, guest: Guest, browser: Browser): Promise<void>;
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
    name: 'the laptop’s only tab is reloaded (attack 29)',
    strike: async (host) => void (await host.chat.page.reload()),
  },
  {
    name: 'the laptop’s tab with the data channel is closed (attack 30)',
    secondTab: true,
    strike: (host) => host.chat.page.close(),
  },
  {
    name: 'the laptop’s tab with the data channel freezes',
    secondTab: true,
    strike: (host) => freeze(host.chat.page),
  },
  {
    name: 'the laptop’s tab with the data channel, which also started the core, crashes (attack 30)',
    secondTab: true,
    async strike(host) {
      await crashPage(await host.context.newCDPSession(host.chat.page));
    },
  },
  {
    name: 'the laptop’s GPU is lost (attack 30)',
    strike: (_, __, browser) => crashGpu(browser),
  },
  {
    name: 'the laptop’s core is killed (attack 30)',
    // The phone's has another address.
    strike: (_, __, browser) => killCores(browser, 'localhost'),
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
  test(`mid-answer: ${fault.name}`, async ({ app, browser, story }) => {
    const host = await openHost(browser, app.url);
    if (fault.secondTab) await ChatPage.open(await host.context.newPage(), app.url);
    await host.chat.page.bringToFront();
    const guest = await pairGuest(browser, host);
    await untilDirect(guest);
    await guest.chat.ask(longQuestion);
    await guest.chat.writing();
    await fault.strike(host, guest, browser);
    await expectWhole(guest, story.shown);
    await guest.context.close();
    await host.context.close();
  });
}

test('attack 32: mid-answer the server is killed and started again', async ({ app, browser, story }) => {
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(browser, host);
  await guest.chat.ask(longQuestion);
  await guest.chat.writing();
  await app.restart();
  await expectWhole(guest, story.shown);
  await guest.context.close();
  await host.context.close();
});

test('attack 31: mid-answer the phone sleeps for ten seconds', async ({ app, browser, story }) => {
  const phone = await startPhone();
  const host = await openHost(browser, app.url);
  const guest = await pairGuest(phone.browser, host);
  await guest.chat.ask(longQuestion);
  await guest.chat.writing();
  await phone.sleep(10);
  await expectWhole(guest, story.shown);
  await phone.stop();
  await host.context.close();
});
