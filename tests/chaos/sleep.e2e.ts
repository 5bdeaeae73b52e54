import { expect, test } from '../support/fixtures.ts';
import { expectWhole, openHost, pairGuest } from '../support/house.ts';
import { longQuestion } from '../support/long-story.ts';
import { startPhone } from '../support/sleeping-phone.ts';

const isLong = process.env['HEARTH_CHAOS_LONG'] !== undefined;

for (const seconds of [60, 360]) {
  test(`attack 31: mid-answer the phone sleeps for ${seconds} seconds`, async ({ app, browser, story }) => {
    const why = 'Six minutes of sleep: npm run chaos -- --long';
    if (seconds > 60 && !isLong) console.log(`skipped: ${why}`);
    test.skip(seconds > 60 && !isLong, why);
    const phone = await startPhone();
    const host = await openHost(browser, app.url);
    const guest = await pairGuest(phone.browser, host);
    await guest.chat.ask(longQuestion);
    await guest.chat.writing();
    await phone.sleep(seconds);
    const woken = performance.now();
    await expectWhole(guest, story.shown);
    console.log(
      `${seconds} s asleep: whole ${((performance.now() - woken) / 1000).toFixed(1)} s after waking`,
    );
    expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
    await phone.stop();
    await host.context.close();
  });
}
