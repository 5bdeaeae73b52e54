import { soleCoreLock, successionChannel } from '../shared/lock-names.ts';
import type { CoreState } from '../shared/topics.ts';
import type { Locks } from './tabs.ts';

type SuccessionMessage =
  /** A core waits for the lock. `forced`: a person pressed "Use here". */
  | { type: 'successor'; buildId: string; forced: boolean }
  /** A core got the lock: whoever waits should speak up again. */
  | { type: 'in-office' };

/** The part of a BroadcastChannel that succession needs. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export interface SuccessionOptions {
  buildId: string;
  /** Null on insecure origins: there every core believes itself alone. */
  locks: Locks | null;
  openChannel(name: string): Channel;
  /** Finish what runs and save it (or, when `forced`, interrupt it and wait for no disk), let go of the GPU and the database, and resolve. */
  onRetire(reason: NonNullable<CoreState['reason']>, forced: boolean): Promise<void>;
}

export interface Succession {
  /** Resolves when this core is the only one. */
  takeOffice(onWaiting: () => void): Promise<void>;
  /** Asks the core in office to go, even if it is busy. */
  force(): void;
}

/**
 * One core per origin, across builds and workers: the sole owner of the GPU and the only writer of the database.
 * A hashed worker address gives a new build a second worker beside the old one; it waits here while the old core,
 * which may outlive its tabs, finishes and steps down. Unlike stealing the lock, this loses no answer.
 */
export function makeSuccession(options: SuccessionOptions): Succession {
  const { buildId, locks } = options;
  const channel = options.openChannel(successionChannel);
  let phase: 'waiting' | 'office' | 'retiring' = 'waiting';
  let release = (): void => {};
  /** A person insisted. Kept, since whoever gets into office before us must hear it too. */
  let forced = false;

  const announce = (): void =>
    channel.postMessage({ type: 'successor', buildId, forced } satisfies SuccessionMessage);

  function retire(reason: NonNullable<CoreState['reason']>, isForced: boolean): void {
    phase = 'retiring';
    // Whatever fails on the way out, the successor must get its turn.
    const letGo = (): void => release();
    options.onRetire(reason, isForced).then(letGo, letGo);
  }

  channel.onmessage = ({ data }) => {
    const message = data as SuccessionMessage;
    if (message.type === 'in-office') {
      if (phase === 'waiting') announce();
      return;
    }
    const isOtherBuild = message.buildId !== buildId;
    if (phase === 'office' && (isOtherBuild || message.forced)) {
      retire(isOtherBuild ? 'newer-build' : 'other-tab', message.forced);
    } else if (phase === 'retiring' && message.forced) {
      retire(isOtherBuild ? 'newer-build' : 'other-tab', true);
    }
  };

  return {
    async takeOffice(onWaiting) {
      if (!locks) {
        phase = 'office';
        return;
      }
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const free = await new Promise<boolean>((resolve) => {
        void locks.request(soleCoreLock, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock ? held : undefined;
        });
      });
      if (!free) {
        onWaiting();
        const granted = new Promise<void>((resolve) => {
          void locks.request(soleCoreLock, () => {
            resolve();
            return held;
          });
        });
        announce();
        await granted;
      }
      phase = 'office';
      channel.postMessage({ type: 'in-office' } satisfies SuccessionMessage);
    },
    force() {
      // A core that retired does not want the office: nobody would hold it then.
      if (phase !== 'waiting') return;
      forced = true;
      announce();
    },
  };
}
