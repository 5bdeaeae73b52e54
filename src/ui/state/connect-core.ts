import { createSignal } from 'solid-js';
import { transfer, wrap, type Remote } from 'comlink';
import { protocolVersion, type CoreApi } from '../../shared/core-api.ts';
import { keepErrorCodes } from '../../shared/comlink-errors.ts';
import { AppError } from '../../shared/errors.ts';
import { newId, type BootId, type TabId } from '../../shared/ids.ts';
import { coreLifeLock, tabLifeLock } from '../../shared/lock-names.ts';
import type { CoreState, TopicName } from '../../shared/topics.ts';
import type { CoreConnection, LinkStatus, WatchHandlers } from './core-connection.ts';
import { watchPulse } from './watch-pulse.ts';
import { openCorePort } from './open-core-port.ts';
import { keepWatching } from './follow-watch.ts';

/** One life of the core, as this tab sees it. */
interface Link {
  remote: Remote<CoreApi>;
  /** Rejects with `core-died` when the core goes away; never resolves. */
  died: Promise<never>;
}

interface Watch {
  start(link: Link): void;
}

const holdForever = (): Promise<never> => new Promise(() => {});

/** Connects this tab to the core, and again each time the core dies. Call once per page. */
export function connectCore(): CoreConnection {
  keepErrorCodes();
  const tabId = newId<TabId>();
  const [status, setStatus] = createSignal<LinkStatus>('connecting');
  const watches = new Set<Watch>();
  const openListeners = new Set<(core: Remote<CoreApi>) => () => void>();
  let closers: (() => void)[] = [];
  let isRetired = false;
  // Absent on insecure origins; there calls that nobody answers tell of a death.
  const locks = 'locks' in navigator ? navigator.locks : undefined;
  // The core queues for this lock as soon as it knows the tab, so the tab must hold it before it says hello.
  const alive = new Promise<void>((resolve) => {
    if (!locks) return resolve();
    void locks.request(tabLifeLock(tabId), () => {
      resolve();
      return holdForever();
    });
  });

  /** The first message that a lost core never answered would hang for ever: Comlink calls do not reject by themselves. */
  function deathOf(bootId: BootId, remote: Remote<CoreApi>): Promise<never> {
    const died = new Promise<never>((_, reject) => {
      const onDeath = (): void =>
        reject(new AppError('core-died', 'Hearth’s core stopped and is being started again.'));
      if (locks) void locks.request(coreLifeLock(bootId), onDeath);
      else watchPulse(() => remote.alive(), onDeath);
    });
    died.catch(() => {
      // A new worker of this old build would push the newer one out of office.
      if (isRetired) {
        setStatus('outdated');
        return;
      }
      setStatus('reconnecting');
      link = connect();
      // Each call hears of a failure itself.
      link.catch(() => {});
    });
    return died;
  }

  async function connect(): Promise<Link> {
    await alive;
    try {
      const { port, failed } = openCorePort();
      const remote = wrap<CoreApi>(port);
      const hello = remote.hello({ protocol: protocolVersion, buildId: __BUILD_ID__, tabId });
      const { bootId } = await Promise.race([hello, failed]);
      const next: Link = { remote, died: deathOf(bootId, remote) };
      for (const watch of watches) watch.start(next);
      for (const close of closers) close();
      closers = [...openListeners].map((listener) => listener(remote));
      setStatus('open');
      return next;
    } catch (error) {
      setStatus(error instanceof AppError && error.code === 'protocol-mismatch' ? 'outdated' : 'failed');
      throw error;
    }
  }

  let link = connect();
  link.catch(() => {});

  /** Every command may be repeated (ids are made by tabs), so one that died with its core is sent to the next. */
  async function call(name: string, args: unknown[]): Promise<unknown> {
    for (let retried = false; ; retried = true) {
      const { remote, died } = await link;
      const method = remote[name as keyof CoreApi] as unknown as (...rest: unknown[]) => Promise<unknown>;
      try {
        return await Promise.race([method(...args), died]);
      } catch (error) {
        if (retried || !(error instanceof AppError) || error.code !== 'core-died') throw error;
      }
    }
  }

  const api = new Proxy({} as CoreConnection['api'], {
    get: (_, name) => (typeof name === 'string' ? (...args: unknown[]) => call(name, args) : undefined),
  });

  const connection: CoreConnection = {
    tabId,
    status,
    api,
    onOpen(listener) {
      openListeners.add(listener);
      if (status() === 'open') void link.then(({ remote }) => closers.push(listener(remote)));
    },
    watch<N extends TopicName>(topic: N, handlers: WatchHandlers<N>) {
      let end = (): void => {};
      const watch: Watch = {
        start({ remote }) {
          end();
          end = keepWatching((port) => remote.watch(topic, transfer(port, [port])), handlers);
        },
      };
      watches.add(watch);
      if (status() === 'open') void link.then((current) => watches.has(watch) && watch.start(current));
      return () => {
        watches.delete(watch);
        end();
      };
    },
  };
  const noteRetirement = ({ phase }: CoreState): void => {
    isRetired = phase === 'retired';
  };
  connection.watch('core', {
    onSnapshot: noteRetirement,
    onEvents: (events) => events.forEach(({ state }) => noteRetirement(state)),
  });
  return connection;
}
