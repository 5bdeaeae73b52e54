import * as v from 'valibot';
import {
  proxyHeaders,
  proxyPaths,
  proxySessionPath,
  type ProxyRefusal,
  type ProxyRegistration,
  type ProxyRoute,
} from '../../shared/proxy-contract.ts';
import { untilAborted } from '../runs/until-aborted.ts';
import { noProxy, reachProblem, refusalProblem, ServerFailure } from './server-failure.ts';

/** What of a server a request needs. */
export interface Target {
  url: string;
  key: string;
}

export interface ProxiedAnswer {
  /** The other server's. */
  status: number;
  contentType: string;
  response: Response;
}

export interface ProxyClient {
  /** Rejects with a `ServerFailure` when no answer came, or an `AbortError`. Every other status is an answer. */
  ask(target: Target, route: ProxyRoute, body: string | null, signal: AbortSignal): Promise<ProxiedAnswer>;
}

export interface ProxyClientOptions {
  appBase: URL;
  fetch: typeof fetch;
  /** All that may be asked: what the person added. */
  bases(): string[];
}

const refusal = v.object({
  error: v.object({
    type: v.picklist([
      'forbidden',
      'no-session',
      'bad-request',
      'too-large',
      'too-many',
      'unreachable',
      'timeout',
    ]),
    code: v.nullable(v.string()),
  }),
}) satisfies v.GenericSchema<unknown, ProxyRefusal>;

const opening = v.object({ session: v.pipe(v.string(), v.minLength(1)) });

/** The local server only notes what it is told here. */
const patienceMs = 10_000;

/** The core's way to other servers: through the local one, which passes on only what this registered with it. */
export function makeProxyClient(options: ProxyClientOptions): ProxyClient {
  let session: { bases: string; id: Promise<string> } | null = null;
  // Always called bare: `fetch` will not be the method of anything.
  const { fetch: fetcher } = options;

  const post = (path: string, init: RequestInit): Promise<Response> =>
    fetcher(new URL(path, options.appBase), {
      ...init,
      method: 'POST',
      cache: 'no-store',
      credentials: 'omit',
    });

  async function open(bases: string[]): Promise<string> {
    let response: Response;
    try {
      response = await post(proxySessionPath, {
        // A local server that is stopped in its terminal takes the question and never answers.
        signal: AbortSignal.timeout(patienceMs),
        body: JSON.stringify({ bases } satisfies ProxyRegistration),
      });
    } catch (cause) {
      const message = 'Hearth’s own server does not answer. Start it again with npm start.';
      throw new ServerFailure({ kind: 'no-proxy', message }, { cause });
    }
    const parsed = v.safeParse(opening, await response.json().catch(() => null));
    if (!response.ok || !parsed.success) throw new ServerFailure(noProxy);
    return parsed.output.session;
  }

  function sessionFor(bases: string[]): Promise<string> {
    const spelled = bases.join('\n');
    if (session?.bases !== spelled) {
      const id = open(bases);
      const opened = { bases: spelled, id };
      session = opened;
      id.catch(() => {
        if (session === opened) session = null;
      });
    }
    return session.id;
  }

  async function attempt(
    { url, key }: Target,
    route: ProxyRoute,
    body: string | null,
    signal: AbortSignal,
  ): Promise<ProxiedAnswer | ProxyRefusal> {
    // A server that is being added is asked before it is kept.
    const bases = [...new Set([...options.bases(), url])].sort();
    const opened = sessionFor(bases);
    await untilAborted(opened, signal);
    signal.throwIfAborted();
    const id = await opened;
    let response: Response;
    try {
      response = await post(proxyPaths[route].path, {
        signal,
        body,
        headers: {
          [proxyHeaders.session]: id,
          [proxyHeaders.base]: url,
          ...(key === '' ? {} : { [proxyHeaders.key]: key }),
        },
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw new ServerFailure(reachProblem(new URL(url).origin, null), { cause });
    }
    const status = response.headers.get(proxyHeaders.status);
    if (status !== null) {
      const contentType = response.headers.get('content-type') ?? '';
      return { status: Number(status), contentType, response };
    }
    const parsed = v.safeParse(refusal, await response.json().catch(() => null));
    if (!parsed.success) throw new ServerFailure(noProxy);
    return parsed.output;
  }

  return {
    async ask(target, route, body, signal) {
      signal.throwIfAborted();
      let answer = await attempt(target, route, body, signal);
      if ('error' in answer && answer.error.type === 'no-session') {
        // The local server was started anew.
        session = null;
        answer = await attempt(target, route, body, signal);
      }
      if ('error' in answer) throw new ServerFailure(refusalProblem(new URL(target.url).origin, answer));
      return answer;
    },
  };
}
