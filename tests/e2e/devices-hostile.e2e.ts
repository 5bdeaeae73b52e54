import type { Browser } from '@playwright/test';
import { answerTimeout, type ChatPage } from '../support/chat-page.ts';
import { expect, test as base } from '../support/fixtures.ts';
import { startHostileServer, type HostileServer, type SeenFrame } from '../support/hostile-server.ts';
import { expectWhole, openGuest, openHost, type Guest, type Host } from '../support/house.ts';

/* The server is the attacker's: relay and signalling go through hands that read, record and change everything. */

interface House {
  hostile: HostileServer;
  host: Host;
  guest: Guest;
  link: string;
  /** What the guest calls itself. */
  name: string;
}

interface Watched {
  connections: RTCPeerConnection[];
  channels: number;
}

/** Notes every connection that this page makes from now on, and every data channel that reaches it. */
const watchConnections = ({ page }: ChatPage): Promise<void> =>
  page.evaluate(() => {
    const Real = RTCPeerConnection;
    const watched: Watched = { connections: [], channels: 0 };
    class Watching extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        watched.connections.push(this);
        this.addEventListener('datachannel', () => (watched.channels += 1));
      }
    }
    Object.assign(window, { watched, RTCPeerConnection: Watching });
  });

const watchedIn = ({ page }: ChatPage): Promise<{ states: string[]; channels: number }> =>
  page.evaluate(() => {
    const { connections, channels } = (window as unknown as { watched: Watched }).watched;
    return { states: connections.map(({ connectionState }) => connectionState), channels };
  });

async function pairThrough(hostile: HostileServer, browser: Browser): Promise<House> {
  const host = await openHost(browser, hostile.url);
  await watchConnections(host.chat);
  const url = new URL(await host.devices.addDevice());
  // The address that the real server knows of itself leads past the attacker.
  url.port = new URL(hostile.url).port;
  const guest = await openGuest(browser, url.href);
  const asked = host.chat.page.getByRole('alertdialog');
  const name = await asked.locator('bdi').first().innerText();
  await host.devices.approve();
  await expect(guest.chat.engine).toContainText('ready', { timeout: answerTimeout });
  await host.devices.close();
  return { hostile, host, guest, link: url.href, name };
}

/** One house for all: a host, its guest, and the attacker between them, who is honest until a test says otherwise. */
const test = base.extend<object, { house: House }>({
  house: [
    async ({ address, browser }, use) => {
      const hostile = await startHostileServer(address.url);
      const house = await pairThrough(hostile, browser);
      await use(house);
      await house.guest.context.close();
      await house.host.context.close();
      await hostile.stop();
    },
    { scope: 'worker' },
  ],
});

const beHonest = ({ data }: SeenFrame): Buffer[] => [data];

async function expectPath({ devices }: Guest, words: string): Promise<void> {
  await devices.open();
  await expect(devices.dialog).toContainText(words, { timeout: answerTimeout });
  await devices.close();
}

async function useRelayOnly({ devices }: Guest, isOn: boolean): Promise<void> {
  await devices.open();
  await devices.dialog.getByRole('switch', { name: 'Use relay only' }).setChecked(isOn, { force: true });
  await expect(devices.dialog).toContainText('Connected through the server', { timeout: answerTimeout });
  await devices.close();
}

/** What a browser says when its network is back: a reason not to wait for the next attempt's time. */
const tryAgain = ({ chat }: Guest): Promise<boolean> =>
  chat.page.evaluate(() => dispatchEvent(new Event('online')));

const isSealed = ({ path, isBinary, data }: SeenFrame): boolean =>
  path === '/relay/link' && isBinary && data[0] === 16;

/** How often these bytes were seen, as they are or as text in base64, base64url or hex. */
function countSeen(seen: readonly SeenFrame[], needle: string | Buffer): number {
  const bytes = Buffer.from(needle);
  const forms = [
    bytes,
    ...(['base64', 'base64url', 'hex'] as const).map((name) => Buffer.from(bytes.toString(name))),
  ];
  return seen.filter(({ data }) => forms.some((form) => data.includes(form))).length;
}

test('a relay and a signalling server that record everything learn no text, no name and no secret', async ({
  house,
}) => {
  const { hostile, guest, link, name } = house;
  const [version, route = '', hostKey = '', secret = ''] = new URL(link).hash.replace('#p=', '').split('.');
  expect(version).toBe('1');

  await expectPath(guest, 'Connected directly');
  const direct = await guest.chat.chat('My name is Nora.');
  await useRelayOnly(guest, true);
  const before = hostile.seen.filter(isSealed).length;
  const question = 'What is the capital of France?';
  const relayed = await guest.chat.chat(question);
  expect(hostile.seen.filter(isSealed).length).toBeGreaterThan(before);
  expect([direct, relayed]).toEqual([expect.stringContaining('Nora'), expect.stringContaining('Paris')]);

  // What a server must be told is found, so the search does find.
  for (const known of [route, 'a=fingerprint:sha-256', Buffer.from(hostKey, 'base64url')])
    expect(countSeen(hostile.seen, known), String(known)).toBeGreaterThan(0);
  expect(name.length).toBeGreaterThan(3);
  const secrets = [Buffer.from(secret, 'base64url'), secret];
  for (const hidden of [...secrets, name, 'Nora', question, 'capital', 'Paris', relayed, direct])
    expect(countSeen(hostile.seen, hidden), String(hidden)).toBe(0);
  // The secret stands behind the # of the address, which browsers keep to themselves.
  expect(hostile.requests.length).toBeGreaterThan(5);
  expect(hostile.requests.filter((request) => request.includes(secret))).toEqual([]);
});

/** Another certificate's fingerprint in each description: the same bytes, backwards. */
function forgeFingerprint(data: Buffer): Buffer {
  const forged = data
    .toString('utf8')
    .replace(
      /(a=fingerprint:sha-256 )([\dA-F:]{95})/g,
      (_, start: string, print: string) => start + print.split(':').toReversed().join(':'),
    );
  return Buffer.from(forged);
}

test('attack 9: a server that puts other certificates into offers and answers gets no data channel, and no say', async ({
  house,
}) => {
  const { hostile, host, guest } = house;
  await useRelayOnly(guest, true);
  const before = await watchedIn(host.chat);
  let forged = 0;
  hostile.change = ({ path, way, data }) => {
    if (path !== '/signal/peerjs' || way === 'up' || !data.includes('a=fingerprint')) return [data];
    forged += 1;
    return [forgeFingerprint(data)];
  };
  await useRelayOnly(guest, false);
  await tryAgain(guest);
  // An offer, and its answer.
  await expect.poll(() => forged, { timeout: answerTimeout }).toBeGreaterThanOrEqual(2);
  // The host let the offer in, and its browser then found another certificate than the one that it was told.
  await expect
    .poll(async () => (await watchedIn(host.chat)).states[before.states.length], { timeout: answerTimeout })
    .toMatch(/failed|closed/);
  expect((await watchedIn(host.chat)).channels).toBe(before.channels);
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
  await expectPath(guest, 'Connected through the server');

  // Honest again, the same server introduces them.
  hostile.change = beHonest;
  await tryAgain(guest);
  await expectPath(guest, 'Connected directly');
  expect((await watchedIn(host.chat)).channels).toBe(before.channels + 1);
});

test('attack 10: a relay that drops, doubles and swaps frames costs links, not the answer', async ({
  house,
}) => {
  const { hostile, host, guest } = house;
  const question = 'Write hello world in Python';
  const expected = await host.chat.chat(question);
  await useRelayOnly(guest, true);
  await guest.chat.page.evaluate(() => void (location.hash = '#/'));
  await expect(guest.chat.answers).toHaveCount(0);

  let count = 0;
  let held: Buffer | null = null;
  const done = { swapped: 0, dropped: 0, doubled: 0 };
  hostile.change = (frame) => {
    if (frame.way !== 'down' || !isSealed(frame)) return [frame.data];
    count += 1;
    if (held !== null) {
      const before = held;
      held = null;
      done.swapped += 1;
      return [frame.data, before];
    }
    // Each of these ends a link, and the guest comes back on another.
    if (count === 2 || count === 12) {
      held = frame.data;
      return [];
    }
    if (count === 7 || count === 17) {
      done.dropped += 1;
      return [];
    }
    done.doubled += 1;
    return [frame.data, frame.data];
  };
  await guest.chat.ask(question);
  await expectWhole(guest, expected);
  console.log('attack 10:', done, `of ${count} frames to a device`);
  expect(Math.min(done.dropped, done.doubled, done.swapped)).toBeGreaterThan(0);

  hostile.change = beHonest;
  expect(await guest.chat.chat('What is the capital of France?')).toContain('Paris');
});
