import { createSignal, type Accessor } from 'solid-js';
import type { CoreApi } from '../../shared/core-api.ts';
import type { ModelOffer } from '../../shared/models-state.ts';
import { createCommand, type Command } from './create-command.ts';

export interface AddModelOptions {
  api: Pick<CoreApi, 'addModel' | 'cancelAdding'>;
  /** Whether the person sees what becomes of it. */
  isWatched(): boolean;
  onAdded(modelId: string): void;
  notify(text: string): void;
}

export interface AddModelState {
  /** `name` is what people know it by: a file, a folder, an address. The signal comes when the person wants it no more. */
  add(name: string, offer: (signal: AbortSignal) => Promise<ModelOffer>): Promise<void>;
  cancel(): void;
  /** What was added last, or is being added. */
  readonly name: Accessor<string>;
  readonly command: Pick<Command, 'pending' | 'error' | 'dismiss'>;
}

/** Adds a model of one's own. From a disk that takes minutes: a person who is elsewhere by its end is told there. */
export function createAddModel(options: AddModelOptions): AddModelState {
  const command = createCommand();
  const [name, setName] = createSignal('');
  let aborter = new AbortController();
  return {
    name,
    command,
    async add(newName, offer) {
      if (command.pending()) return;
      setName(newName);
      aborter = new AbortController();
      const { signal } = aborter;
      let id: string | null = null;
      const isDone = await command.run(async () => {
        try {
          // A ZIP file is unpacked here, before the core hears of it.
          const offered = await offer(signal);
          if (!signal.aborted) id = await options.api.addModel(offered);
        } catch (error) {
          // Whatever goes wrong from then on is what was asked for.
          if (!signal.aborted) throw error;
        }
      });
      const isWatched = options.isWatched();
      if (id !== null) options.onAdded(id);
      if (isWatched || (isDone && id === null)) return;
      options.notify(
        isDone
          ? `${newName} was added to the models.`
          : `${newName} could not be added. ${command.error()?.message ?? ''}`,
      );
    },
    cancel() {
      aborter.abort();
      // Without the core nothing is added either; the connection's banner tells.
      options.api.cancelAdding().catch(() => {});
    },
  };
}
