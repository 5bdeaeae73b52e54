import { isLoopback } from './addresses.ts';

/** The host of a `Host` header without its port; null when it is not one. */
function hostOf(header: string | undefined): string | null {
  const match = /^(?:\[([\da-f:.]+)\]|([^:[\]/@]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2] ?? null)?.toLowerCase() ?? null;
}

/**
 * Whether a request names this server. A page on the internet can give its own name our address (DNS rebinding) and
 * would then be of the same origin as what it fetches from us; its name in the `Host` header gives it away.
 */
export function isAllowedHost(
  header: string | undefined,
  host: string,
  ownAddresses: () => readonly string[],
): boolean {
  const named = hostOf(header);
  if (named === null) return false;
  if (isLoopback(named)) return true;
  // Listening on loopback only, nothing else can be meant.
  if (isLoopback(host)) return false;
  return named === host.toLowerCase() || ownAddresses().includes(named);
}
