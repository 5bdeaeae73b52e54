import { AppError } from '../../shared/errors.ts';
import type { StorageState } from '../../shared/topics.ts';

export interface StorageHealth {
  setState(state: StorageState): void;
  /** Tells of records that cannot be read, once however often their place is read again. */
  countUnreadable(place: string, count: number): void;
}

/**
 * Joins two things into the one state that people see: whether storage works, and whether something in it cannot be
 * read. The second is told as the `error` of a storage that is `ready`.
 */
export function makeHealth(onState: (state: StorageState) => void): StorageHealth {
  let state: StorageState = { status: 'opening', error: null, unsaved: 0 };
  const unreadable = new Map<string, number>();

  function publish(): void {
    let total = 0;
    for (const count of unreadable.values()) total += count;
    const error = state.status === 'ready' && total > 0 ? unreadableError(total).view : state.error;
    onState({ ...state, error });
  }

  return {
    setState(next) {
      state = next;
      publish();
    },
    countUnreadable(place, count) {
      if (count === (unreadable.get(place) ?? 0)) return;
      unreadable.set(place, count);
      publish();
    },
  };
}

const unreadableError = (count: number): AppError =>
  new AppError(
    'storage-failed',
    count === 1
      ? 'One saved record cannot be read by this version of Hearth. It is kept, and not shown.'
      : `${count} saved records cannot be read by this version of Hearth. They are kept, and not shown.`,
  );
