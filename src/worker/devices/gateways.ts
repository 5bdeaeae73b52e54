import type { Fingerprints, Link } from '../../p2p/link/link.ts';
import { makePortLink, type FramePort, type PortLink } from '../../p2p/link/port-link.ts';
import { AppError } from '../../shared/errors.ts';
import type { FromGateway, Signalling, ToGateway } from '../../shared/gateway.ts';
import type { TabId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';

const pingMs = 2_000;
/** Pings without an answer before another tab takes over: the page is frozen, or gone without a word. */
const maxMisses = 3;
/** A page has its own, shorter limit; this one is for a page that dies meanwhile. */
const dialMs = 15_000;

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

interface Call {
  tab: Tab;
  resolve(link: Link): void;
  reject(error: AppError): void;
}

export function makeGateways(options: GatewaysOptions): Gateways {
  const { clock } = options;
  const tabs = new Map<TabId, Tab>();
  const calls = new Map<number, Call>();
  const wakeListeners = new Set<() => void>();
  let config: GatewayConfig | null = null;
  let current: Tab | null = null;
  let lastCall = 0;
  let stopTimer: (() => void) | null = null;

  const post = (tab: Tab, message: ToGateway): void => tab.port.postMessage(message, []);
  const start = (tab: Tab): void => {
    if (config !== null) post(tab, { type: 'start', ...config });
  };

  /** Everything that this tab held is gone. */
  function release(tab: Tab): void {
    for (const link of tab.links) link.lose();
    tab.links.clear();
    for (const [call, { tab: holder, reject }] of calls) {
      if (holder !== tab) continue;
      calls.delete(call);
      reject(new AppError('link-failed', 'The tab that made the connection was closed.'));
    }
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

  function takeLink(tab: Tab, message: Extract<FromGateway, { type: 'link' }>): void {
    const { local, remote } = message;
    const fingerprints: Fingerprints = { label: 'dtls', local, remote };
    const link = makePortLink(message.port, fingerprints);
    if (tab !== current) return link.close();
    tab.links.add(link);
    const call = calls.get(message.call);
    calls.delete(message.call);
    if (call !== undefined) call.resolve(link);
    else if (message.call === 0) options.onLink(link);
    // Dialled, and given up meanwhile.
    else link.close();
  }

  async function admit(tab: Tab, { call, from, ticket }: Extract<FromGateway, { type: 'admit' }>) {
    const isAdmitted = await options.admit(from, ticket).catch(() => false);
    if (tab === current) post(tab, { type: 'admitted', call, isAdmitted });
  }

  function receive(tab: Tab, message: FromGateway): void {
    tab.isAnswered = true;
    switch (message.type) {
      case 'pong':
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
        const call = calls.get(message.call);
        if (call?.tab !== tab) break;
        calls.delete(message.call);
        call.reject(new AppError('link-failed', message.message));
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
    dial(route, ticket, signal) {
      return new Promise((resolve, reject) => {
        const tab = current;
        if (tab === null || signal.aborted) {
          reject(new AppError('link-failed', 'No tab of Hearth is open to make the connection.'));
          return;
        }
        const call = ++lastCall;
        const giveUp = (message: string): void => {
          if (!calls.delete(call)) return;
          finish();
          post(tab, { type: 'cancel', call });
          reject(new AppError('link-failed', message));
        };
        const onAbort = (): void => giveUp('The attempt was given up.');
        const stopDialTimer = clock.after(dialMs, () => giveUp('The other device did not answer in time.'));
        const finish = (): void => {
          stopDialTimer();
          signal.removeEventListener('abort', onAbort);
        };
        calls.set(call, {
          tab,
          resolve(link) {
            finish();
            resolve(link);
          },
          reject(error) {
            finish();
            reject(error);
          },
        });
        signal.addEventListener('abort', onAbort);
        post(tab, { type: 'dial', call, route, ticket });
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
