import { answerTimeout, type ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { openHost, pairGuest, type Guest } from '../support/house.ts';
import { longQuestion } from '../support/long-story.ts';
import { storedAnswer } from '../support/stored-messages.ts';
import { median, printFigures, type Figure } from './figures.ts';

const rounds = 3;

interface Measured {
  speed: number;
  firstTokenMs: number;
  tokens: number;
}

/** Makes the page keep its connections, to be asked for their counters. Its next load is the first that does. */
function keepConnections(): void {
  const made: RTCPeerConnection[] = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options?: RTCConfiguration) {
      super(options);
      made.push(this);
    }
  };
  Object.assign(globalThis, { made });
}

/** Bytes that the guest's data channels have received so far, with all that DTLS and SCTP add. */
const receivedBytes = ({ chat }: Guest): Promise<number> =>
  chat.page.evaluate(async () => {
    const { made } = globalThis as unknown as { made: RTCPeerConnection[] };
    const reports = await Promise.all(made.map((connection) => connection.getStats()));
    const all = reports.flatMap((report) => [...report.values()] as RTCTransportStats[]);
    return all
      .filter(({ type }) => type === 'transport')
      .reduce((sum, { bytesReceived = 0 }) => sum + bytesReceived, 0);
  });

/** One long answer in a new chat, as the core that shows it measured it. */
async function measure(chat: ChatPage): Promise<Measured> {
  await chat.page.bringToFront();
  const newChat = chat.page.getByRole('button', { name: 'New chat' });
  // On a phone it lies in the drawer.
  if (!(await newChat.isVisible()))
    await chat.page.getByRole('button', { name: 'Show conversations' }).click();
  await newChat.click();
  await expect(chat.answers).toHaveCount(0);
  await chat.chat(longQuestion);
  await expect.poll(async () => (await storedAnswer(chat.page))?.state).toBe('done');
  const generation = (await storedAnswer(chat.page))?.generation;
  return {
    speed: generation?.tokensPerSecond ?? Number.NaN,
    firstTokenMs: generation?.firstTokenMs ?? Number.NaN,
    tokens: generation?.completionTokens ?? Number.NaN,
  };
}

for (const link of ['data channel', 'relay'] as const) {
  test(`a guest over the ${link} against the host itself`, async ({ app, browser }) => {
    test.setTimeout(900_000);
    const host = await openHost(browser, app.url);
    const guest = await pairGuest(browser, host);
    await guest.context.addInitScript(keepConnections);
    await guest.chat.page.reload();
    await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
    if (link === 'relay') {
      await guest.devices.open();
      await guest.devices.dialog.getByRole('switch', { name: 'Use relay only' }).click();
    } else {
      await guest.devices.open();
      await expect(guest.devices.dialog).toContainText('Connected directly', { timeout: 60_000 });
    }
    await guest.devices.close();

    const own: Measured[] = [];
    const theirs: Measured[] = [];
    const bytesPerToken: number[] = [];
    // Turn about, so that a slow minute of the machine hits both.
    for (let round = 0; round < rounds; round++) {
      own.push(await measure(host.chat));
      const before = await receivedBytes(guest);
      const measured = await measure(guest.chat);
      theirs.push(measured);
      bytesPerToken.push(((await receivedBytes(guest)) - before) / measured.tokens);
    }
    const ratios = theirs.map(({ speed }, round) => speed / (own[round]?.speed ?? Number.NaN));
    const added = theirs.map(({ firstTokenMs }, round) => firstTokenMs - (own[round]?.firstTokenMs ?? 0));
    const figures: Figure[] = [
      {
        what: `guest over ${link}: speed against the host's own`,
        value: median(ratios).toFixed(2),
        goal: '≥ 0.95',
      },
      {
        what: `guest over ${link}: first token, added`,
        value: `${median(added).toFixed(0)} ms`,
        goal: '≤ 30 ms',
      },
    ];
    if (link === 'data channel') {
      figures.push({
        what: 'bytes that a guest receives per token, encryption and transport included',
        value: median(bytesPerToken).toFixed(0),
      });
    }
    printFigures(figures);
    await guest.context.close();
    await host.context.close();
  });
}
