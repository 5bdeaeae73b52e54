import { createSignal, type Accessor } from 'solid-js';
import type { CoreApi } from '../../shared/core-api.ts';
import type { ModelChoice } from '../../shared/engine-state.ts';
import type { ErrorView } from '../../shared/errors.ts';
import { createCommand } from './create-command.ts';
import { exportModel } from './export-model.ts';
import { formatPlural } from './format-figures.ts';

export interface FileWorkOptions {
  api: Pick<CoreApi, 'verifyModel' | 'downloadModel' | 'listModelFiles'>;
  /** Whether the person sees the page of this model. */
  isWatched(modelId: string): boolean;
  notify(text: string): void;
}

type Kind = 'save' | 'check';
type Model = Pick<ModelChoice, 'id' | 'label'>;

export interface FileWork {
  save(model: Model): Promise<void>;
  check(model: Model): Promise<void>;
  /** Ends the saving. Nothing ends a check. */
  cancel(): void;
  /** What is under way, with one model at a time. */
  readonly isBusy: Accessor<boolean>;
  kindOf(modelId: string): Kind | null;
  /** Why the last work with this model failed. */
  errorOf(modelId: string): ErrorView | null;
  dismiss(): void;
  /** How much is saved, up to 1. */
  readonly part: Accessor<number>;
}

/** Saves a model's files, or checks them. That takes minutes: a person who is elsewhere by its end is told there. */
export function createFileWork({ api, isWatched, notify }: FileWorkOptions): FileWork {
  const command = createCommand();
  const [last, setLast] = createSignal<{ kind: Kind; modelId: string } | null>(null);
  const [part, setPart] = createSignal(0);
  let aborter = new AbortController();

  /** `work` gives the news of its end; null: there is none. */
  const run = async (kind: Kind, { id, label }: Model, work: () => Promise<string | null>) => {
    if (command.pending()) return;
    setLast({ kind, modelId: id });
    setPart(0);
    let news: string | null = null;
    const isDone = await command.run(async () => {
      news = await work();
    });
    if (!isDone && !isWatched(id))
      news = `${label} could not be ${kind === 'save' ? 'saved' : 'checked'}. ${command.error()?.message ?? ''}`;
    if (news !== null) notify(news);
  };

  return {
    save: (model) =>
      run('save', model, async () => {
        aborter = new AbortController();
        const { signal } = aborter;
        const files = await api.listModelFiles(model.id);
        return (await exportModel(model.label, files, { signal, onProgress: setPart }))
          ? `${model.label} was saved as a file.`
          : null;
      }),
    check: (model) =>
      run('check', model, async () => {
        const { checkedFiles, badFiles } = await api.verifyModel(model.id);
        if (badFiles.length === 0)
          return `${model.label}: ${formatPlural(checkedFiles, 'file')} checked, all as they should be.`;
        await api.downloadModel(model.id);
        return `${model.label}: ${badFiles.join(', ')} damaged, and being fetched again.`;
      }),
    cancel: () => aborter.abort(),
    isBusy: command.pending,
    kindOf: (modelId) => (command.pending() && last()?.modelId === modelId ? (last()?.kind ?? null) : null),
    errorOf: (modelId) => (last()?.modelId === modelId ? command.error() : null),
    dismiss: command.dismiss,
    part,
  };
}
