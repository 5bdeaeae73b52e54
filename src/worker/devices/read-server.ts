import * as v from 'valibot';
import type { ServerState } from '../../shared/devices-state.ts';

const address = v.pipe(v.string(), v.url(), v.startsWith('http'), v.endsWith('/'), v.maxLength(300));

const answer = v.object({
  type: v.literal('hearth'),
  addresses: v.pipe(v.array(address), v.maxLength(50)),
  isThisMachine: v.boolean(),
  localUrl: address,
});

const patienceMs = 10_000;

/** What the server beside the app says of itself. `unknown` when it could not be asked: it may be back later. */
export async function readServer(appBase: URL, fetcher: typeof fetch): Promise<ServerState> {
  let response: Response;
  try {
    // A computer that fell asleep takes the question and never answers.
    const signal = AbortSignal.timeout(patienceMs);
    response = await fetcher(new URL('server.json', appBase), { cache: 'no-store', signal });
  } catch {
    return { type: 'unknown' };
  }
  // Not ours, whatever it is: a plain web server answers with 404 or with a page.
  const body: unknown = await response.json().catch(() => null);
  const parsed = v.safeParse(answer, body);
  return response.ok && parsed.success ? parsed.output : { type: 'none' };
}
