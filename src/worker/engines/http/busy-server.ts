import type { ServerProblem } from '../../../shared/servers-state.ts';
import type { Clock } from '../../clock.ts';
import { ServerFailure } from '../../servers/server-failure.ts';

/** How long an answer waits for a server that says when to come again. */
export const patienceMs = 60_000;
/** Some say "now", and are no less busy. */
const leastWaitMs = 1_000;

/** A server that has too much to do, and says from when on it has time. */
export class BusyServer extends ServerFailure {
  readonly freeAt: number;

  constructor({ message }: ServerProblem, freeAt: number) {
    super({ kind: 'busy', message });
    this.freeAt = freeAt;
  }
}

/** From `Retry-After`, which has seconds or a date. Null when it does not say. */
export function freeAtOf({ headers }: Response, clock: Clock): number | null {
  const said = headers.get('retry-after');
  if (said === null) return null;
  const now = clock.now();
  const at = Number.isNaN(Number(said)) ? Date.parse(said) : now + Number(said) * 1000;
  return Number.isNaN(at) ? null : Math.max(at, now + leastWaitMs);
}
