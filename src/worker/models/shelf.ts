import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type {
  ModelOffer,
  ModelsState,
  ServedModel,
  StoredFile,
  Verification,
} from '../../shared/models-state.ts';
import type { Clock } from '../clock.ts';
import type { Store as Settings } from '../store/store.ts';
import type { CatalogueParts } from './catalogue.ts';
import { makeDownloads, type DownloadPlatform, type DownloadProgress } from './downloads.ts';
import { fitAll, type DeviceFigures } from './fit.ts';
import { makeOwnModels } from './own-models.ts';
import { readServedModels } from './served-models.ts';

/** What the core needs of the platform for the files of models. */
export interface ModelPlatform extends DownloadPlatform {
  source: CatalogueParts;
  appBase: URL;
  readDevice(): Promise<DeviceFigures>;
}

export interface ShelfOptions {
  platform: ModelPlatform;
  clock: Clock;
  settings: Pick<Settings, 'getSetting' | 'putSetting'>;
  onChange(state: ModelsState): void;
  /** Lets go of a model before its files go. Rejects when a model that shares them is in use. */
  release(modelId: string, sharers: string[]): Promise<void>;
}

/** The models that this device has, gets, or could have: files and figures, not the GPU. */
export interface Shelf {
  readonly state: ModelsState;
  open(): Promise<void>;
  close(): Promise<void>;
  /** What models the list has, or what it says of them, changed. */
  relist(): void;
  /** The same models, with how each fits this device. */
  judge(models: ModelChoice[]): Promise<ModelChoice[]>;
  /** Resolves when the model's files are here. Pauses the download, and rejects with an `AbortError`, when `signal` aborts. */
  bring(
    model: ModelChoice,
    signal: AbortSignal,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<void>;
  download(model: ModelChoice): void;
  pause(modelId: string): Promise<void>;
  /** Erases all models of the model's folder: they come and go together. */
  remove(modelId: string): Promise<void>;
  verify(modelId: string): Promise<Verification>;
  listFiles(modelId: string): Promise<StoredFile[]>;
  /** As `OwnModelList.add`. */
  add(offer: ModelOffer, signal?: AbortSignal): Promise<string>;
  /** What the app's own server has to add. */
  listServed(): Promise<ServedModel[]>;
}

export function makeShelf({ platform, clock, settings, onChange, release }: ShelfOptions): Shelf {
  let listRevision = 0;
  const stateNow = (): ModelsState => ({ ...downloads.state, listRevision });
  const publish = (): void => onChange(stateNow());
  function relist(): void {
    listRevision += 1;
    publish();
  }
  const downloads = makeDownloads({ ...platform, clock, settings, onChange: publish });
  const own = makeOwnModels({
    catalogue: platform.source,
    downloads,
    settings,
    appBase: platform.appBase,
    fetch: platform.fetch,
    clock,
    onChange: relist,
  });

  const needsFiles = ({ engine, builtIn }: ModelChoice): boolean => engine === 'webgpu' && !builtIn;

  function requireSource({ label, about }: ModelChoice): void {
    if (about?.source !== 'weights-missing') return;
    throw new AppError(
      'model-failed',
      `Hearth has no weights for ${label}. Open it in the Model screen: it says how to get them.`,
    );
  }

  return {
    get state() {
      return stateNow();
    },

    async open() {
      // Not to be read is not to be empty: the next change would save what was not seen.
      await own.open();
      try {
        await downloads.open();
        // Nobody waits for it.
        downloads.dropOtherRevisions(platform.source.builtIn.id).catch(() => {});
      } catch {
        // A browser that keeps no files has the built-in model and the conversations all the same.
      }
    },

    close: () => downloads.close(),
    relist,

    async judge(models) {
      const stored = new Set(Object.keys(downloads.state.stored));
      const here = models.filter(({ engine }) => engine === 'webgpu');
      const fits = fitAll(here, await platform.readDevice(), stored);
      return models.map((model) => {
        const fit = fits.get(model.id);
        return fit ? { ...model, fit } : model;
      });
    },

    async bring(model, signal, onProgress) {
      signal.throwIfAborted();
      if (!needsFiles(model)) return;
      requireSource(model);
      const onAbort = (): void => void downloads.pause(model.id);
      signal.addEventListener('abort', onAbort);
      try {
        await downloads.ensure(model.id, model.label, { onProgress, signal });
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },

    download(model) {
      requireSource(model);
      // How it goes stands with the downloads.
      if (needsFiles(model)) downloads.ensure(model.id, model.label).catch(() => {});
    },

    pause: (modelId) => downloads.pause(modelId),

    async remove(modelId) {
      const sharers = await downloads.sharing(modelId);
      await release(
        modelId,
        sharers.filter((id) => id !== modelId),
      );
      await downloads.remove(modelId);
      await own.forget(modelId);
    },

    verify: (modelId) => downloads.verify(modelId),

    async listFiles(modelId) {
      const files = await downloads.listFiles(modelId);
      if (!files) throw new AppError('model-failed', 'The files of this model are not all here.');
      return files;
    },

    add: (offer, signal) => own.add(offer, signal),
    listServed: () => readServedModels(platform.appBase, platform.fetch),
  };
}
