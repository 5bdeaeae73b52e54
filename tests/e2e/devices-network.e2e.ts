import { expect, test } from '../support/fixtures.ts';
import { lanAddress, openGuest, openHost, type Guest, type Host } from '../support/house.ts';
import { plugIn, plugInThroughPort, whyNoOtherMachine, type OtherMachine } from '../support/other-machine.ts';
import { answerTimeout } from '../support/chat-page.ts';
import { longQuestion } from '../support/long-story.ts';

const obstacle = whyNoOtherMachine();
if (obstacle !== null) console.log(`skipped: ${obstacle}`);
test.skip(obstacle !== null, obstacle ?? '');

async function pairOver(machine: OtherMachine, host: Host): Promise<Guest> {
  const link = new URL(await host.devices.addDevice());
  link.hostname = machine.hostAddress;
  const guest = await openGuest(machine.browser, link.href);
  await host.devices.approve();
  await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
  await host.devices.close();
  return guest;
}

test('attack 32: another machine without multicast connects directly all the same', async ({
  app,
  browser,
}) => {
  const machine = await plugIn();
  const host = await openHost(browser, app.url);
  const guest = await pairOver(machine, host);
  await guest.devices.open();
  await expect(guest.devices.dialog).toContainText('Connected directly', { timeout: answerTimeout });
  await guest.devices.close();
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
  await machine.stop();
  await host.context.close();
});

test('attack 32: another machine from which only the server can be reached goes over the relay', async ({
  app,
  browser,
  story,
}) => {
  const machine = await plugInThroughPort(lanAddress(), Number(new URL(app.url).port));
  const host = await openHost(browser, app.url);
  const guest = await pairOver(machine, host);
  expect(await guest.chat.chat(longQuestion)).toBe(story.shown);
  await guest.devices.open();
  await expect(guest.devices.dialog).toContainText('Connected through the server');
  await machine.stop();
  await host.context.close();
});
