import { randomBytes } from 'node:crypto';
import { parseBase, proxyLimits } from '../shared/proxy-contract.ts';

/** A page holds one, its successors after each change of its servers too: the oldest go first. */
const mostSessions = 16;

/** Who may reach what: a secret of this process, and the bases that its page registered with it. */
export interface ProxySessions {
  /** Null when something in it is no base. */
  open(bases: readonly string[]): string | null;
  /** Null when there is no such session; false when it may not go there. */
  find(session: string, base: string): URL | false | null;
}

export function makeProxySessions(): ProxySessions {
  const sessions = new Map<string, ReadonlySet<string>>();
  return {
    open(bases) {
      // Only in the spelling that both ends agree on, so that nothing here is read in two ways.
      if (bases.length > proxyLimits.bases || bases.some((base) => parseBase(base)?.href !== base))
        return null;
      const session = randomBytes(32).toString('base64url');
      sessions.set(session, new Set(bases));
      const [oldest] = sessions.keys();
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest);
      return session;
    },
    find(session, base) {
      const bases = sessions.get(session);
      if (!bases) return null;
      // In use: not the next to go.
      sessions.delete(session);
      sessions.set(session, bases);
      return bases.has(base) && new URL(base);
    },
  };
}
