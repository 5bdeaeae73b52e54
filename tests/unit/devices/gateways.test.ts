import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Link } from '../../../src/p2p/link/link.ts';
import { makePortLink, type FramePort } from '../../../src/p2p/link/port-link.ts';
import type { FromGateway, ToGateway } from '../../../src/shared/gateway.ts';
import type { TabId } from '../../../src/shared/ids.ts';
import { makeGateways, type GatewayConfig } from '../../../src/worker/devices/gateways.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { fingerprint, honestDtls } from '../p2p/harness.ts';

const config: GatewayConfig = { signalling: { type: 'own' }, token: 'token', isListening: true };
const pingMs = 2_000;

interface Tab {
  id: TabId;
  said: ToGateway[];
  /** False: the page is frozen. What it is sent waits. */
  isAwake: boolean;
  isClosed: boolean;
  say(message: FromGateway): void;
  wakeUp(): void;
  /** Hands over a data channel; returns its far end. */
  link(call: number): Link;
}

function makeBench(first: GatewayConfig | null = config) {
  const clock = makeFakeClock();
  const links: Link[] = [];
  const admit = vi.fn(async () => true);
  const gateways = makeGateways({ clock, admit, onLink: (link) => links.push(link) });
  onTestFinished(() => gateways.close());
  gateways.configure(first);

  function open(name: string, isVisible = false): Tab {
    const hear = (message: ToGateway): void => {
      if (message.type === 'ping') tab.say({ type: 'pong' });
    };
    const port: FramePort = {
      onmessage: null,
      postMessage(message) {
        tab.said.push(message as ToGateway);
        if (tab.isAwake) hear(message as ToGateway);
      },
      close: () => (tab.isClosed = true),
    };
    const tab: Tab = {
      id: name as TabId,
      said: [],
      isAwake: true,
      isClosed: false,
      say: (data) => port.onmessage?.({ data } as MessageEvent),
      wakeUp() {
        tab.isAwake = true;
        for (const message of tab.said) hear(message);
      },
      link(call) {
        const { port1, port2 } = new MessageChannel();
        onTestFinished(() => port1.close());
        tab.say({ type: 'link', call, port: port2, local: fingerprint('a'), remote: fingerprint('b') });
        return makePortLink(port1, honestDtls.b);
      },
    };
    gateways.add(tab.id, port);
    tab.say({ type: 'visibility', isVisible });
    return tab;
  }

  const dial = (signal = new AbortController().signal) => {
    const result = { link: null as Link | null, error: null as unknown };
    const dialled = gateways.dial('route', 'ticket', signal);
    const over = dialled.then(
      (link) => void (result.link = link),
      (error: unknown) => void (result.error = error),
    );
    return Object.assign(result, { over });
  };

  return { clock, gateways, links, admit, open, dial };
}

/** Whether, and when, the other end hears of an end. */
function listen(link: Link): { isClosed: boolean } {
  const ear = { isClosed: false };
  link.listen({ onFrame() {}, onDrain() {}, onClosed: () => (ear.isClosed = true) });
  return ear;
}

const typesOf = ({ said }: Tab): string[] => said.map(({ type }) => type).filter((type) => type !== 'ping');
const callOf = ({ said }: Tab): number => said.findLast((message) => message.type === 'dial')?.call ?? 0;

describe('the gateway', () => {
  it('is nobody until it is wanted, and nobody after', () => {
    const { gateways, open } = makeBench(null);
    const tab = open('a');
    expect(gateways.tabId).toBeNull();
    gateways.configure(config);
    gateways.configure(config);
    gateways.configure({ ...config, isListening: false });
    gateways.configure(null);
    expect(gateways.tabId).toBeNull();
    expect(typesOf(tab)).toEqual(['start', 'start', 'stop']);
  });

  it('is one tab, and stays it while others come and go', () => {
    const { gateways, open } = makeBench();
    const first = open('first');
    const second = open('second', true);
    gateways.dropTab(second.id);
    expect(gateways.tabId).toBe('first');
    expect([typesOf(first), typesOf(second), second.isClosed]).toEqual([['start'], [], true]);
  });

  it.each([
    ['says goodbye', (tab: Tab) => tab.say({ type: 'bye' })],
    ['is found dead', (tab: Tab, drop: (id: TabId) => void) => drop(tab.id)],
  ])('is a visible tab when the last one %s', (_, go) => {
    const { gateways, open } = makeBench();
    const first = open('first', true);
    open('older', true);
    open('seen', true);
    open('hidden');
    go(first, gateways.dropTab);
    expect(gateways.tabId).toBe('seen');
    expect(first.isClosed).toBe(true);
  });

  it('is the newest when none is visible', () => {
    const { gateways, open } = makeBench();
    const [first] = [open('first'), open('second'), open('third')];
    first.say({ type: 'bye' });
    expect(gateways.tabId).toBe('third');
  });

  it('that froze is replaced after three missed pings, and told to stop for when it wakes up', () => {
    const { clock, gateways, open } = makeBench();
    const frozen = open('frozen', true);
    open('other');
    clock.advance(10 * pingMs);
    expect(gateways.tabId).toBe('frozen');
    frozen.isAwake = false;
    clock.advance(3 * pingMs);
    expect(gateways.tabId).toBe('frozen');
    clock.advance(pingMs);
    expect(gateways.tabId).toBe('other');
    expect(typesOf(frozen)).toEqual(['start', 'stop']);
  });

  it('that froze alone is the gateway again as soon as it wakes up', () => {
    const { clock, gateways, open } = makeBench();
    const tab = open('only');
    tab.isAwake = false;
    clock.advance(10 * pingMs);
    expect(gateways.tabId).toBeNull();
    tab.wakeUp();
    expect(gateways.tabId).toBe('only');
    expect(typesOf(tab)).toEqual(['start', 'stop', 'start']);
  });

  it('a tab that is frozen for hours is not sent a ping for each moment of them', () => {
    const { clock, open } = makeBench();
    open('gateway');
    const tab = open('frozen');
    tab.isAwake = false;
    clock.advance(1_000 * pingMs);
    expect(tab.said.length).toBeLessThan(6);
    tab.wakeUp();
    clock.advance(10 * pingMs);
    expect(tab.said.length).toBeGreaterThan(10);
  });

  it('the same tab once more takes the place of itself', () => {
    const { gateways, open } = makeBench();
    const old = open('a');
    const renewed = open('a');
    expect([gateways.tabId, old.isClosed, renewed.isClosed]).toEqual(['a', true, false]);
    old.say({ type: 'bye' });
    expect(gateways.tabId).toBe('a');
  });

  it('passes a page’s waking on, until nobody listens', () => {
    const { gateways, open } = makeBench();
    const wake = vi.fn();
    const end = gateways.onWake(wake);
    const tab = open('a');
    tab.say({ type: 'wake' });
    end();
    tab.say({ type: 'wake' });
    expect(wake).toHaveBeenCalledOnce();
  });

  it('leaves no timer behind', () => {
    const { clock, gateways, open } = makeBench();
    open('a');
    gateways.close();
    clock.advance(10 * pingMs);
    expect(clock.waiting).toBe(0);
  });
});

describe('dialling', () => {
  it('resolves with the link, and leaves no timer behind', async () => {
    const { clock, open, dial } = makeBench();
    const tab = open('a');
    const before = clock.waiting;
    const dialled = dial();
    const far = listen(tab.link(callOf(tab)));
    await dialled.over;
    expect(dialled.link?.fingerprints).toMatchObject({ label: 'dtls', local: fingerprint('a') });
    expect(clock.waiting).toBe(before);
    dialled.link?.close();
    await expect.poll(() => far.isClosed).toBe(true);
  });

  it.each(['signalling', 'link'] as const)('tells the step at which it failed: %s', async (step) => {
    const { open, dial } = makeBench();
    const tab = open('a');
    const dialled = dial();
    tab.say({ type: 'failed', call: callOf(tab), step, message: 'No.' });
    await dialled.over;
    expect(dialled.error).toMatchObject({ code: 'link-failed', message: 'No.', cause: step });
  });

  it('is cancelled by its signal, and a link that arrives then is closed', async () => {
    const { open, dial, links } = makeBench();
    const tab = open('a');
    const stop = new AbortController();
    const dialled = dial(stop.signal);
    stop.abort();
    await dialled.over;
    expect(dialled.error).toMatchObject({ message: 'The attempt was given up.' });
    expect(typesOf(tab)).toEqual(['start', 'dial', 'cancel']);
    const far = listen(tab.link(callOf(tab)));
    await expect.poll(() => far.isClosed).toBe(true);
    expect(links).toEqual([]);
  });

  it('is given up when the tab never answers', async () => {
    const { clock, open, dial } = makeBench();
    const tab = open('a');
    const dialled = dial();
    clock.advance(15_000);
    await dialled.over;
    expect(dialled.error).toMatchObject({ message: 'The other device did not answer in time.' });
    expect(typesOf(tab)).toEqual(['start', 'dial', 'cancel']);
  });

  it('fails when its tab goes, and another tab cannot answer for it', async () => {
    const { open, dial } = makeBench();
    const [first, second] = [open('first'), open('second')];
    const lost = dial();
    const call = callOf(first);
    second.say({ type: 'failed', call, step: 'link', message: 'A lie.' });
    const lie = listen(second.link(call));
    first.say({ type: 'bye' });
    await lost.over;
    expect(lost.error).toMatchObject({ message: 'The tab that made the connection was closed.' });
    await expect.poll(() => lie.isClosed).toBe(true);
  });

  it('says what is missing', async () => {
    const { gateways, dial } = makeBench();
    const withoutTab = dial();
    gateways.configure(null);
    const withoutServer = dial();
    await Promise.all([withoutTab.over, withoutServer.over]);
    expect(withoutTab.error).toMatchObject({ message: expect.stringMatching(/^No tab of Hearth is open/) });
    expect(withoutServer.error).toMatchObject({
      message: expect.stringMatching(
        /has no server\. Open Hearth from the computer, or name a signalling server/,
      ),
      cause: 'signalling',
    });
  });
});

describe('links of a tab', () => {
  it('are lost when it goes, freezes, or is no gateway any more', async () => {
    const { clock, gateways, open, links } = makeBench();
    const ears: { isClosed: boolean }[] = [];
    const endings = [
      (tab: Tab) => tab.say({ type: 'bye' }),
      (tab: Tab) => {
        tab.isAwake = false;
        clock.advance(4 * pingMs);
      },
      () => gateways.configure(null),
    ];
    for (const [index, end] of endings.entries()) {
      const tab = open(`tab ${index}`);
      tab.link(0);
      const link = links[index];
      if (link === undefined) throw new Error('The link was not taken.');
      ears.push(listen(link));
      end(tab);
      expect(ears.map(({ isClosed }) => isClosed)).toEqual(Array.from({ length: index + 1 }, () => true));
      gateways.dropTab(tab.id);
    }
  });

  it('of a tab that is not the gateway are refused', async () => {
    const { open, links } = makeBench();
    open('gateway');
    const far = listen(open('liar').link(0));
    await expect.poll(() => far.isClosed).toBe(true);
    expect(links).toEqual([]);
  });

  it('are refused while no device may come in', async () => {
    const { open, links } = makeBench({ ...config, isListening: false });
    const far = listen(open('a').link(0));
    await expect.poll(() => far.isClosed).toBe(true);
    expect(links).toEqual([]);
  });

  it('are admitted by the core’s word alone, and a core that fails says no', async () => {
    const { open, admit } = makeBench();
    const tab = open('a');
    tab.say({ type: 'admit', call: -1, from: 'route', ticket: { v: 1 } });
    admit.mockRejectedValueOnce(new Error('The disk is full.'));
    tab.say({ type: 'admit', call: -2, from: 'route', ticket: null });
    await expect
      .poll(() => tab.said.filter(({ type }) => type === 'admitted'))
      .toEqual([
        { type: 'admitted', call: -1, isAdmitted: true },
        { type: 'admitted', call: -2, isAdmitted: false },
      ]);
  });
});
