import { createSignal, type Accessor } from 'solid-js';
import { asAppError, type ErrorView } from '../../shared/errors.ts';

export interface Command {
  /** Runs one action at a time; one asked for meanwhile is dropped. True when it worked. */
  run(action: () => Promise<void>): Promise<boolean>;
  readonly pending: Accessor<boolean>;
  /** Why the last action failed; null once the next begins. */
  readonly error: Accessor<ErrorView | null>;
  dismiss(): void;
}

/** A call of the core that a person asked for: its wait and its failure belong on the screen. */
export function createCommand(): Command {
  const [pending, setPending] = createSignal(false);
  const [error, setError] = createSignal<ErrorView | null>(null);
  return {
    pending,
    error,
    dismiss: () => setError(null),
    async run(action) {
      if (pending()) return false;
      setPending(true);
      setError(null);
      try {
        await action();
        return true;
      } catch (failure) {
        setError(asAppError(failure, 'engine-failed', 'That did not work.').view);
        return false;
      } finally {
        setPending(false);
      }
    },
  };
}
