import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import { newId, type ServerId } from '../../shared/ids.ts';
import { proxyLimits } from '../../shared/proxy-contract.ts';
import {
  serverChoiceId,
  type ServerCheck,
  type ServerInput,
  type ServersState,
} from '../../shared/servers-state.ts';
import type { Clock } from '../clock.ts';
import { makeInTurn } from '../in-turn.ts';
import type { Store } from '../store/store.ts';
import type { ProxyClient } from './proxy-client.ts';
import { readModels } from './read-models.ts';
import { ServerFailure, timeoutProblem } from './server-failure.ts';
import { loadServers, parseServerInput, saveServers, type ServerRecord } from './server-records.ts';

/** Milliseconds that a server may take to name its models. */
const longestCheck = 15_000;

const loopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

export interface ServersOptions {
  store: Store;
  clock: Clock;
  client: ProxyClient;
  /** Where this app is served from. */
  appBase: URL;
  onChange(state: ServersState): void;
}

/** The server's own name of the model. */
export const modelOf = (choice: ModelChoice): string => choice.id.slice(serverChoiceId('').length);

/** The OpenAI-compatible servers that the person added: kept on this device, tested, and offered as models. */
export function makeServers({ store, clock, client, appBase, onChange }: ServersOptions) {
  let records: ServerRecord[] = [];
  const checks = new Map<ServerId, ServerCheck>();
  /** One change after another: a list that was read before a removal would bring the server back, and its key. */
  const inTurn = makeInTurn();

  const state = (): ServersState => ({
    servers: records.map(({ id, kind, name, url, key, models }) => ({
      id,
      kind,
      name,
      url,
      origin: new URL(url).origin,
      hasKey: key !== '',
      models,
      check: checks.get(id) ?? { type: 'unknown' },
    })),
  });
  const tell = (): void => onChange(state());

  function find(id: ServerId): ServerRecord {
    const record = records.find((each) => each.id === id);
    if (!record) throw new AppError('not-found', 'This server was removed.');
    return record;
  }

  /** Saved, then shown. */
  async function keep(next: ServerRecord[]): Promise<void> {
    await saveServers(store, next);
    records = next;
    tell();
  }

  function parse(input: ServerInput): ServerInput {
    const parsed = parseServerInput(input);
    const { hostname, port } = new URL(parsed.url);
    // OpenChat's port is ours too. The answer would wait for itself: there is one queue.
    if (port === appBase.port && (hostname === appBase.hostname || loopback.test(hostname))) {
      throw new AppError('bad-input', 'This is Hearth’s own address. Type the address of another server.');
    }
    return parsed;
  }

  const replace = (record: ServerRecord): ServerRecord[] =>
    records.map((each) => (each.id === record.id ? record : each));

  /** Asks a server for its models. Never rejects: what came of it is its check. */
  async function test(id: ServerId): Promise<ServerCheck> {
    const asked = find(id);
    const controller = new AbortController();
    const giveUp = clock.after(longestCheck, () => controller.abort());
    checks.set(id, { type: 'testing' });
    tell();
    let check: ServerCheck;
    let models = asked.models;
    try {
      models = await readModels(client, asked, controller.signal);
      check = { type: 'ok' };
    } catch (error) {
      const problem =
        error instanceof ServerFailure ? error.problem : timeoutProblem(new URL(asked.url).origin);
      check = { type: 'failed', problem };
    } finally {
      giveUp();
    }
    return inTurn(async () => {
      // Changed or removed meanwhile: this is news of something that is no more.
      const now = records.find((each) => each.id === id);
      if (now?.url !== asked.url || now.key !== asked.key) return check;
      checks.set(id, check);
      const isNew = models.join('\n') !== now.models.join('\n');
      if (isNew) await keep(replace({ ...now, models })).catch(tell);
      else tell();
      return check;
    });
  }

  return {
    get state() {
      return state();
    },
    get bases() {
      return records.map(({ url }) => url);
    },
    async open(): Promise<void> {
      records = await loadServers(store);
      tell();
    },
    /** Those that offer this model, as far as is known. */
    withModel: (model: string): ServerRecord[] => records.filter(({ models }) => models.includes(model)),

    /** One for each model, however many servers have it. */
    choices(): ModelChoice[] {
      const origins = new Map<string, Set<string>>();
      for (const { models, url } of records)
        for (const model of models)
          origins.set(model, (origins.get(model) ?? new Set()).add(new URL(url).origin));
      return [...origins].map(([model, sentTo]) => ({
        id: serverChoiceId(model),
        engine: 'http',
        label: model,
        quantization: '',
        builtIn: false,
        gpuBytes: null,
        needsF16: false,
        sentTo: [...sentTo],
      }));
    },

    async add(input: ServerInput): Promise<ServerId> {
      const { kind, name, url, key } = parse(input);
      const id = await inTurn(async () => {
        // Asked twice, by two clicks or by a page whose core died before it answered, it is one server.
        const known = records.find(
          (each) => each.kind === kind && each.url === url && each.key === (key ?? ''),
        );
        if (known) {
          await keep(replace({ ...known, name }));
          return known.id;
        }
        if (records.length >= proxyLimits.bases - 1) {
          throw new AppError('bad-input', 'There are too many servers. Remove one first.');
        }
        const record = { id: newId<ServerId>(), kind, name, url, key: key ?? '', models: [] };
        await keep([...records, record]);
        return record.id;
      });
      await test(id);
      return id;
    },

    async change(id: ServerId, input: ServerInput): Promise<void> {
      await inTurn(async () => {
        const before = find(id);
        const { kind, name, url, key } = parse(input);
        const isSameOrigin = new URL(url).origin === new URL(before.url).origin;
        // A key was given for one server: another one must not get it unasked.
        const known = isSameOrigin ? before.key : '';
        const models = isSameOrigin ? before.models : [];
        await keep(replace({ ...before, kind, name, url, key: key ?? known, models }));
      });
      await test(id);
    },

    remove: (id: ServerId): Promise<void> =>
      inTurn(async () => {
        find(id);
        await keep(records.filter((each) => each.id !== id));
        checks.delete(id);
      }),
    test,
  };
}

export type Servers = ReturnType<typeof makeServers>;
