import type { Fingerprints, Link } from '../../p2p/link/link.ts';
import { makePortLink, type FramePort, type PortLink } from '../../p2p/link/port-link.ts';
import { AppError } from '../../shared/errors.ts';
import type { FromGateway, Signalling, ToGateway } from '../../shared/gateway.ts';
import type { TabId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import { makeGatewayCalls } from './gateway-calls.ts';

const pingMs = 2_000;
/** Pings without an answer before another tab takes over: the page is frozen, or gone without a word. */
const maxMisses = 3;

export interface GatewayConfig {
  signalling: Signalling;
  /** Owns this device's route. */
  token: string;
  isListening: boolean;
}

export interface GatewaysOptions {
  clock: Clock;
  /** Whether a data channel that somebody offers may be made. */
  admit(from: string, ticket: unknown): Promise<boolean>;
  /** A device's data channel that was admitted. */
  onLink(link: Link): void;
}

/** The tabs that could hold data channels, and the one that does. Not trusted with anything: they see sealed frames. */
export interface Gateways {
  add(tabId: TabId, port: FramePort): void;
  dropTab(tabId: TabId): void;
  /** Null: no data channels at all, and no gateway. */
  configure(config: GatewayConfig | null): void;
  /** Rejects with an `AppError`, `link-failed`. */
  dial(route: string, ticket: unknown, signal: AbortSignal): Promise<Link>;
  /** A page came back to life, or its network did. Returns what ends the listening. */
  onWake(listener: () => void): () => void;
  readonly tabId: TabId | null;
  close(): void;
}

interface Tab {
  tabId: TabId;
  port: FramePort;
  isVisible: boolean;
  misses: number;
  isAnswered: boolean;
  links: Set<PortLink>;
}

/** Its cause names the step, as that of a tab's failure does. */
const noSignalling = (): AppError =>
  new AppError(
    'link-failed',
    'This copy of Hearth has no server. Open Hearth from the computer, or name a signalling server in Devices.',
    { cause: 'signalling' },
  );

export function makeGateways(options: GatewaysOptions): Gateways {
  const { clock } = options;
  const tabs = new Map<TabId, Tab>();
  const calls = makeGatewayCalls<Tab>(clock);
  const wakeListeners = new Set<() => void>();
  let config: GatewayConfig | null = null;
  let current: Tab | null = null;
  let stopTimer: (() => void) | null = null;

  const post = (tab: Tab, message: ToGateway): void => tab.port.postMessage(message, []);
  const start = (tab: Tab): void => {
    if (config !== null) post(tab, { type: 'start', ...config });
  };

  /** Everything that this tab held is gone. */
  function release(tab: Tab): void {
    for (const link of tab.links) link.lose();
    tab.links.clear();
    calls.lose(tab);
    if (current === tab) current = null;
  }

  /** The newest tab that can be seen, or the newest: the others may be throttled or frozen any time. */
  function elect(): void {
    if (config === null || current !== null) return;
    const living = [...tabs.values()].filter(({ misses }) => misses < maxMisses);
    current = living.findLast(({ isVisible }) => isVisible) ?? living.at(-1) ?? null;
    if (current === null) return;
    current.misses = 0;
    current.isAnswered = true;
    start(current);
    beatLater();
  }

  function beatLater(): void {
    stopTimer ??= clock.after(pingMs, () => {
      stopTimer = null;
      beat();
    });
  }

  function beat(): void {
    // Every tab is asked: one that was frozen and answers again may be elected again.
    for (const tab of tabs.values()) {
      // It has enough to answer when it wakes up; more would pile up in its port.
      if (tab.misses >= maxMisses) continue;
      tab.misses = tab.isAnswered ? 0 : tab.misses + 1;
      tab.isAnswered = false;
      post(tab, { type: 'ping' });
    }
    if (current !== null && current.misses >= maxMisses) {
      const frozen = current;
      release(frozen);
      // For when it wakes up.
      post(frozen, { type: 'stop' });
    }
    elect();
    if (config !== null && tabs.size > 0) beatLater();
  }

  function drop(tab: Tab): void {
    tabs.delete(tab.tabId);
    tab.port.onmessage = null;
    tab.port.close();
    release(tab);
    elect();
  }

  /** The link, lost with its tab, and let go of when it ends by itself. */
  function heldBy({ links }: Tab, link: PortLink): Link {
    links.add(link);
    return {
      ...link,
      listen: (handlers) =>
        link.listen({
          ...handlers,
          onClosed() {
            links.delete(link);
            handlers.onClosed();
          },
        }),
      close() {
        links.delete(link);
        link.close();
      },
    };
  }

  function takeLink(tab: Tab, message: Extract<FromGateway, { type: 'link' }>): void {
    const { local, remote } = message;
    const fingerprints: Fingerprints = { label: 'dtls', local, remote };
    const link = heldBy(tab, makePortLink(message.port, fingerprints));
    const call = calls.find(tab, message.call);
    if (call !== undefined) call.resolve(link);
    else if (tab === current && message.call === 0 && config?.isListening === true) options.onLink(link);
    // Dialled, and given up meanwhile; or of a tab that is the gateway no more.
    else link.close();
  }

  async function admit(tab: Tab, { call, from, ticket }: Extract<FromGateway, { type: 'admit' }>) {
    const isAdmitted = await options.admit(from, ticket).catch(() => false);
    if (tab === current) post(tab, { type: 'admitted', call, isAdmitted });
  }

  function receive(tab: Tab, message: FromGateway): void {
    tab.isAnswered = true;
    tab.misses = 0;
    switch (message.type) {
      case 'pong':
        // All may have been frozen.
        elect();
        break;
      case 'signalling':
        break;
      case 'bye':
        drop(tab);
        break;
      case 'visibility':
        tab.isVisible = message.isVisible;
        break;
      case 'wake':
        elect();
        for (const listener of wakeListeners) listener();
        break;
      case 'admit':
        void admit(tab, message);
        break;
      case 'link':
        takeLink(tab, message);
        break;
      case 'failed': {
        const { call, step } = message;
        calls.find(tab, call)?.reject(new AppError('link-failed', message.message, { cause: step }));
        break;
      }
    }
  }

  return {
    add(tabId, port) {
      const known = tabs.get(tabId);
      if (known) drop(known);
      const tab: Tab = { tabId, port, isVisible: false, misses: 0, isAnswered: true, links: new Set() };
      tabs.set(tabId, tab);
      port.onmessage = ({ data }) => receive(tab, data as FromGateway);
      elect();
    },
    dropTab(tabId) {
      const tab = tabs.get(tabId);
      if (tab) drop(tab);
    },
    configure(next) {
      const isSame = JSON.stringify(next) === JSON.stringify(config);
      config = next;
      if (isSame) return;
      if (next === null) {
        if (current === null) return;
        const last = current;
        release(last);
        post(last, { type: 'stop' });
      } else if (current === null) elect();
      else start(current);
    },
    async dial(route, ticket, signal) {
      const tab = current;
      if (config === null) throw noSignalling();
      if (tab === null || signal.aborted) {
        throw new AppError('link-failed', 'No tab of Hearth is open to make the connection.');
      }
      return calls.begin(tab, signal, {
        dial: (call) => post(tab, { type: 'dial', call, route, ticket }),
        cancel: (call) => post(tab, { type: 'cancel', call }),
      });
    },
    onWake(listener) {
      wakeListeners.add(listener);
      return () => wakeListeners.delete(listener);
    },
    get tabId() {
      return current?.tabId ?? null;
    },
    close() {
      stopTimer?.();
      config = null;
      for (const tab of tabs.values()) {
        release(tab);
        post(tab, { type: 'stop' });
      }
    },
  };
}
