import type { ModelChoice } from '../shared/engine-state.ts';
import { AppError } from '../shared/errors.ts';
import type { ModelSettings, ModelSettingsView } from '../shared/model-settings.ts';
import { resized } from './engines/context-choice.ts';
import type { Engine } from './engines/engine.ts';
import type { ModelSettingsBook } from './models/model-settings.ts';

export interface TuneModelOptions {
  /** As models come, without a person's settings. */
  engines: Engine;
  book: ModelSettingsBook;
  /** In the engine, or on its way there. */
  isLoaded(modelId: string): boolean;
  isBusy(): boolean;
  /** Called when the settings of a model are in force; `isAnother` context needs the model loaded anew. */
  onChange(model: ModelChoice, isAnother: { context: boolean }): Promise<void>;
}

/** What a person sets for one model: to be read, changed, and seen in its figures. */
export interface TuneModel {
  read(model: ModelChoice): Promise<ModelSettingsView>;
  /** Rejects with `busy` when another context would take the model from an answer. */
  set(model: ModelChoice, next: ModelSettings): Promise<void>;
  /** The model with the figures that it has as it is set. */
  asSet(model: ModelChoice): Promise<ModelChoice>;
}

export function makeTuneModel({ engines, book, isLoaded, isBusy, onChange }: TuneModelOptions): TuneModel {
  const contextOf = async (model: ModelChoice) => (await engines.contextOf?.(model)) ?? null;

  return {
    async read(model) {
      const [usual, context] = await Promise.all([engines.defaults(model), contextOf(model)]);
      return { settings: book.of(model.id), usual, context };
    },

    async set(model, next) {
      const context = next.contextTokens !== book.of(model.id).contextTokens;
      if (context && isLoaded(model.id) && isBusy())
        throw new AppError('busy', 'An answer is being written. Stop it first, or change the context later.');
      await book.set(model.id, next);
      await onChange(model, { context });
    },

    async asSet(model) {
      const { contextTokens } = book.of(model.id);
      if (contextTokens === undefined) return model;
      // A model whose files went keeps its settings, and its usual figures.
      const context = await contextOf(model).catch(() => null);
      return context ? resized(model, context, contextTokens) : model;
    },
  };
}
