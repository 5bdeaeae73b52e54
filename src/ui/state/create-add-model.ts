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
  /** `name` is what people know it by: a file, a folder, an address. */
  add(name: string, offer: () => Promise<ModelOffer>): Promise<void>;
  cancel(): void;
  /** What was added last, or is being added. */
  readonly name: Accessor<string>;
  readonly command: Pick<Command, 'pending' | 'error' | 'dismiss'>;
}

/** Adds a model of one's own. From a disk that takes minutes: a person who is elsewhere by its end is told there. */
export function createAddModel(options: AddModelOptions): AddModelState {
  const command = createCommand();
  const [name, setName] = createSignal('');
  let isCancelled = false;
  return {
    name,
    command,
    async add(newName, offer) {
      if (command.pending()) return;
      setName(newName);
      isCancelled = false;
      let id: string | null = null;
      const isDone = await command.run(async () => {
        const offered = await offer();
        // A ZIP file is unpacked here, before the core hears of it.
        if (!isCancelled) id = await options.api.addModel(offered);
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
      isCancelled = true;
      // Without the core nothing is added either; the connection's banner tells.
      options.api.cancelAdding().catch(() => {});
    },
  };
}
