import type { Locks } from '../../src/worker/tabs.ts';

interface Request {
  owner: object;
  grant(): Promise<unknown>;
}

/** A first-in-first-out Web Locks manager, shared by fake tabs and cores. `dieWith(owner)` is a crash of that context. */
export class FakeLocks {
  readonly #queues = new Map<string, Request[]>();

  /** The lock manager as one context (a tab, a worker) sees it. */
  of(owner: object): Locks {
    const request = (name: string, ...rest: unknown[]): Promise<unknown> => {
      const callback = rest.at(-1) as (lock: { name: string } | null) => unknown;
      const options = (rest.length > 1 ? rest[0] : {}) as { ifAvailable?: boolean };
      return this.#request(owner, name, options.ifAvailable ?? false, callback);
    };
    return { request } as Locks;
  }

  isHeld(name: string): boolean {
    return (this.#queues.get(name)?.length ?? 0) > 0;
  }

  /** Frees and forgets every lock and request of a context, as a browser does when it dies. */
  dieWith(owner: object): void {
    for (const [name, queue] of this.#queues) {
      const head = queue[0];
      const rest = queue.filter((request) => request.owner !== owner);
      this.#queues.set(name, rest);
      if (head && rest[0] && rest[0] !== head) void rest[0].grant();
    }
  }

  #request(
    owner: object,
    name: string,
    ifAvailable: boolean,
    callback: (lock: { name: string } | null) => unknown,
  ): Promise<unknown> {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    if (ifAvailable && queue.length > 0) return Promise.resolve(callback(null));
    return new Promise((resolve, reject) => {
      const request: Request = {
        owner,
        grant: async () => {
          try {
            resolve(await callback({ name }));
          } catch (error) {
            reject(error);
          }
          const now = this.#queues.get(name) ?? [];
          if (now[0] !== request) return;
          now.shift();
          void now[0]?.grant();
        },
      };
      queue.push(request);
      if (queue[0] === request) void Promise.resolve().then(() => request.grant());
    });
  }
}
