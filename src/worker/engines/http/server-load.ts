import type { ServerId } from '../../../shared/ids.ts';
import type { Clock } from '../../clock.ts';

/** Milliseconds for which a server that failed is the last to be tried. */
const restAfterFailure = 30_000;
/** Of the newest measure in the mean. */
const weight = 0.5;

interface Load {
  running: number;
  /** Mean wait for the first token: a server that others keep busy shows it here. */
  firstTokenMs: number;
  failedAt: number;
}

/** Which of several servers has the most room, as far as this device can tell. */
export function makeServerLoad(clock: Clock) {
  const loads = new Map<ServerId, Load>();
  const of = (id: ServerId): Load => {
    const known = loads.get(id) ?? { running: 0, firstTokenMs: 0, failedAt: Number.NEGATIVE_INFINITY };
    loads.set(id, known);
    return known;
  };
  const isResting = (id: ServerId): boolean => clock.now() - of(id).failedAt < restAfterFailure;

  return {
    /** It failed just now. */
    isResting,
    /** Best first: those that work, then those with fewer requests of ours, then the quickest; unknown ones are tried. */
    order<T extends { id: ServerId }>(servers: readonly T[]): T[] {
      return servers.toSorted(
        (a, b) =>
          Number(isResting(a.id)) - Number(isResting(b.id)) ||
          of(a.id).running - of(b.id).running ||
          of(a.id).firstTokenMs - of(b.id).firstTokenMs,
      );
    },
    begin: (id: ServerId) => void (of(id).running += 1),
    end: (id: ServerId) => void (of(id).running -= 1),
    noteFailure: (id: ServerId) => void (of(id).failedAt = clock.now()),
    noteFirstToken(id: ServerId, ms: number): void {
      const load = of(id);
      load.failedAt = Number.NEGATIVE_INFINITY;
      load.firstTokenMs = load.firstTokenMs === 0 ? ms : load.firstTokenMs * (1 - weight) + ms * weight;
    },
  };
}
