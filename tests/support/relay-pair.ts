import type { Link } from '../../src/p2p/link/link.ts';
import { callRelay, serveAtRelay, type RelayOptions } from '../../src/p2p/link/relay-link.ts';
import { makeRouteToken, routeOf } from '../../src/p2p/link/route.ts';
import { systemClock } from '../../src/worker/clock.ts';

export interface RelayPair {
  /** The caller's end, and the host's. */
  a: Link;
  b: Link;
  /** The host's socket on which it hears of callers. */
  leave(): void;
}

/** A host at the relay beside `base`, called once. */
export async function openRelayPair(
  base: URL,
  openSocket: RelayOptions['openSocket'] = (url) => new WebSocket(url),
): Promise<RelayPair> {
  const options: RelayOptions = { base, clock: systemClock, openSocket };
  const token = makeRouteToken();
  let leave = (): void => {};
  let take = (_link: Link): void => {};
  const taken = new Promise<Link>((resolve) => {
    take = resolve;
  });
  await new Promise<void>((resolve) => {
    const host = serveAtRelay({
      ...options,
      token,
      onLink: take,
      onState: (state) => state === 'online' && resolve(),
    });
    leave = () => host.close();
  });
  const a = await callRelay(options, routeOf(token), new AbortController().signal);
  return { a, b: await taken, leave };
}
