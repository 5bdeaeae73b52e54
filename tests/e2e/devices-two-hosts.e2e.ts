import { answerTimeout } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { openHost, pairGuest, type Host } from '../support/house.ts';
import { longQuestion } from '../support/long-story.ts';

test('two computers: when the one that answers goes away, the other one goes on with the answer', async ({
  app,
  browser,
  story,
}) => {
  const [first, second] = [await openHost(browser, app.url), await openHost(browser, app.url)];
  const guest = await pairGuest(browser, first);
  await guest.chat.page.goto(await second.devices.addDevice());
  await guest.devices.acceptLink();
  await second.devices.approve();
  await second.devices.close();
  const connected = guest.devices.dialog.getByText(/^Connected .* Pocket/);
  await guest.devices.open();
  await expect(connected).toHaveCount(2, { timeout: answerTimeout });
  await guest.devices.close();

  await guest.chat.ask(longQuestion);
  await guest.chat.writing();
  const isServing = async ({ chat }: Host): Promise<boolean> =>
    /answering/.test(await chat.engine.innerText());
  // Which one it is, nobody needs to know: both had nothing to do.
  const [serving, other] = (await isServing(first)) ? [first, second] : [second, first];
  expect(await isServing(serving)).toBe(true);
  await serving.context.close();
  await guest.chat.finished();
  expect(await guest.chat.lastAnswer()).toBe(story.shown);
  await guest.context.close();
  await other.context.close();
});
