import { createSignal, type Accessor } from 'solid-js';
import type { ModelOffer } from '../../shared/models-state.ts';
import { createCommand, type Command } from './create-command.ts';

export interface AddModelOptions {
  addModel(offer: ModelOffer): Promise<string>;
  /** Whether the person sees what becomes of it. */
  isWatched(): boolean;
  onAdded(modelId: string): void;
  notify(text: string): void;
}

export interface AddModelState {
  /** `name` is what people know it by: a file, a folder, an address. */
  add(name: string, offer: () => Promise<ModelOffer>): Promise<void>;
  /** What was added last, or is being added. */
  readonly name: Accessor<string>;
  readonly command: Pick<Command, 'pending' | 'error' | 'dismiss'>;
}

/** Adds a model of one's own. From a disk that takes minutes: a person who is elsewhere by its end is told there. */
export function createAddModel(options: AddModelOptions): AddModelState {
  const command = createCommand();
  const [name, setName] = createSignal('');
  return {
    name,
    command,
    async add(newName, offer) {
      if (command.pending()) return;
      setName(newName);
      let id = '';
      const isAdded = await command.run(async () => {
        id = await options.addModel(await offer());
      });
      const isWatched = options.isWatched();
      if (isAdded) options.onAdded(id);
      if (isWatched) return;
      options.notify(
        isAdded
          ? `${newName} was added to the models.`
          : `${newName} could not be added. ${command.error()?.message ?? ''}`,
      );
    },
  };
}
