import { createSignal } from 'solid-js';
import { AppError } from '../../src/shared/errors.ts';
import { newId, type ServerId, type TabId } from '../../src/shared/ids.ts';
import type { TopicName, Topics } from '../../src/shared/topics.ts';
import type { CoreConnection, LinkStatus, WatchHandlers } from '../../src/ui/state/core-connection.ts';

type Api = CoreConnection['api'];
type Method = keyof Api;

export interface ScriptedCall {
  method: Method;
  args: unknown[];
}

/** A core in the page that does what a test tells it to, and remembers what it was asked. */
export interface ScriptedCore {
  readonly connection: CoreConnection;
  readonly calls: ScriptedCall[];
  setStatus(status: LinkStatus): void;
  /** Makes this the state of a topic; every watch of it, now or later, gets it as a snapshot. */
  snapshot<N extends TopicName>(topic: N, state: Topics[N]['state']): void;
  /** Sends events to the watches of a topic. They are not kept: a later watch starts from the last snapshot. */
  events<N extends TopicName>(topic: N, events: Topics[N]['event'][]): void;
  /** What a method does from now on; until then commands succeed, and questions have an empty answer. */
  on<M extends Method>(method: M, act: Api[M]): void;
}

const quiet: Api = {
  send: async () => {},
  regenerate: async () => {},
  continueAnswer: async () => {},
  stop: async () => {},
  showBranch: async () => {},
  rename: async () => {},
  setCondition: async () => {},
  measure: async () => null,
  remove: async () => {},
  restore: async () => {},
  search: async () => [],
  saveArchive: async () => new Blob([]),
  addArchive: async () => ({ added: 0, completed: 0, known: 0, problems: [], refused: 0 }),
  writeMarkdown: async () => '',
  listModels: async () => [],
  chooseModel: async () => {},
  cancelLoad: async () => {},
  downloadModel: async () => {},
  pauseDownload: async () => {},
  removeModel: async () => {},
  verifyModel: async () => ({ checkedFiles: 0, badFiles: [] }),
  listServedModels: async () => [],
  addModel: async () => '',
  cancelAdding: async () => {},
  listModelFiles: async () => [],
  unload: async () => {},
  setIdleMinutes: async () => {},
  readModelSettings: async () => ({
    settings: {},
    usual: { temperature: 0.7, topP: 0.95, maxTokens: 4096 },
    context: null,
  }),
  setModelSettings: async () => {},
  setDeviceName: async () => {},
  setRelayOnly: async () => {},
  setSignallingUrl: async () => {},
  openPairing: async () => {},
  closePairing: async () => {},
  decideApproval: async () => {},
  dismissWarning: async () => {},
  pauseSharing: async () => {},
  stopSharing: async () => {},
  renameGuest: async () => {},
  setPolicy: async () => {},
  revoke: async () => {},
  revokeAll: async () => {},
  pair: async () => {},
  forgetHost: async () => {},
  reconnect: async () => {},
  addServer: async () => newId<ServerId>(),
  changeServer: async () => {},
  removeServer: async () => {},
  testServer: async () => {},
  takeOver: async () => {},
};

export function makeScriptedCore(): ScriptedCore {
  const [status, setStatus] = createSignal<LinkStatus>('open');
  const states = new Map<TopicName, unknown>();
  const watches = new Map<TopicName, Set<WatchHandlers<TopicName>>>();
  const calls: ScriptedCall[] = [];
  const acts: Partial<Record<Method, (...args: never[]) => Promise<unknown>>> = { ...quiet };

  const watchesOf = (topic: TopicName) => {
    const known = watches.get(topic) ?? new Set();
    watches.set(topic, known);
    return known;
  };
  // A snapshot crosses a port in life, so no two watches may share an object with the test.
  const give = (handlers: WatchHandlers<TopicName>, state: unknown) =>
    handlers.onSnapshot(structuredClone(state) as Topics[TopicName]['state']);

  const api = Object.fromEntries(
    Object.keys(quiet).map((name) => {
      const method = name as Method;
      return [
        method,
        async (...args: never[]) => {
          // The gauge asks by itself, whenever something changed.
          if (method !== 'measure') calls.push({ method, args });
          const act = acts[method];
          if (!act) throw new AppError('bad-input', `The scripted core has no ${method}.`);
          return act(...args);
        },
      ];
    }),
  ) as unknown as Api;

  return {
    calls,
    setStatus,
    connection: {
      tabId: newId<TabId>(),
      status,
      api,
      // There is no core that a tab could offer anything to.
      onOpen() {},
      watch(topic, handlers) {
        const entry = handlers as unknown as WatchHandlers<TopicName>;
        watchesOf(topic).add(entry);
        // Never within the call: a real snapshot takes a turn of two event loops.
        queueMicrotask(() => {
          if (states.has(topic) && watchesOf(topic).has(entry)) give(entry, states.get(topic));
        });
        return () => watchesOf(topic).delete(entry);
      },
    },
    snapshot(topic, state) {
      states.set(topic, structuredClone(state));
      for (const handlers of watchesOf(topic)) give(handlers, state);
    },
    events(topic, events) {
      for (const handlers of watchesOf(topic)) handlers.onEvents(structuredClone(events));
    },
    on(method, act) {
      acts[method] = act;
    },
  };
}
