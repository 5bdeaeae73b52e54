import type { ModelChoice } from '../shared/engine-state.ts';
import { AppError, asAppError, isAbort } from '../shared/errors.ts';
import type { EnginePanel } from './engine-panel.ts';
import type { Engine, LoadProgress } from './engines/engine.ts';
import type { Shelf } from './models/shelf.ts';

/** The chosen model and its way into the engine: one load at a time, shared by all who wait for it. */
export interface ModelSlot {
  readonly model: ModelChoice;
  /** The id of the one on its way into the engine. */
  readonly loadingModel: string | null;
  /** Takes effect with the next `ensureLoaded`. */
  choose(model: ModelChoice): void;
  /** Loads the chosen model unless it is there. Rejects with an `AppError`, or an `AbortError` after `cancel`. */
  ensureLoaded(): Promise<ModelChoice>;
  cancel(): void;
  unload(): Promise<void>;
  /** Unloads for good: another core owns the GPU from now on. */
  close(): Promise<void>;
}

/** How much of the way a download is, when there is one. */
const downloadShare = 0.8;

export function makeModelSlot(
  engine: Engine,
  panel: EnginePanel,
  first: ModelChoice,
  shelf: Pick<Shelf, 'bring'> | null = null,
): ModelSlot {
  let model = first;
  let loading: { model: ModelChoice; done: Promise<ModelChoice>; controller: AbortController } | null = null;
  let leaving: Promise<void> | null = null;
  let isClosed = false;
  panel.set({ model });

  async function load(target: ModelChoice, signal: AbortSignal): Promise<ModelChoice> {
    const missing = await engine.missing(target);
    if (missing !== null) {
      panel.set({ status: { type: 'missing', reason: missing } });
      throw new AppError('no-gpu', missing);
    }
    if (target.engine !== 'webgpu') panel.set({ status: { type: 'connecting' } });
    const recovering = panel.state.status.type === 'recovering';
    let wasFetched = false;
    // 0 to 1 over the download and all that comes after it.
    let base = 0;
    const show = (step: LoadProgress): void => {
      const progress = base + (1 - base) * step.progress;
      if (!recovering) panel.set({ status: { type: 'loading', ...step, progress } });
    };
    try {
      await shelf?.bring(target, signal, ({ receivedBytes, totalBytes }) => {
        const part = totalBytes === null || totalBytes === 0 ? 0 : receivedBytes / totalBytes;
        show({ phase: 'fetch', loadedBytes: receivedBytes, totalBytes, progress: downloadShare * part });
        wasFetched = true;
      });
      if (wasFetched) base = downloadShare;
      await engine.load(target, { signal, onProgress: show });
      panel.set({ status: { type: 'ready' }, devicesOpened: engine.devicesOpened });
      return target;
    } catch (error) {
      // What was there before, and is not chosen again, would stay on the GPU, and nobody would see it.
      if (engine.loadedModel !== null && engine.loadedModel !== model.id)
        await engine.unload().catch(() => {});
      if (isAbort(error)) {
        panel.set({ status: { type: 'idle' }, devicesOpened: engine.devicesOpened });
        throw error;
      }
      const failure = asAppError(error, 'model-failed', `${target.label} could not be loaded.`);
      panel.set({ status: { type: 'failed', error: failure.view }, devicesOpened: engine.devicesOpened });
      throw failure;
    }
  }

  async function leave(): Promise<void> {
    loading?.controller.abort();
    await loading?.done.catch(() => {});
    await engine.unload();
    panel.set({ status: { type: 'idle' } });
  }

  function unload(): Promise<void> {
    leaving ??= leave().finally(() => {
      leaving = null;
    });
    return leaving;
  }

  return {
    get model() {
      return model;
    },

    get loadingModel() {
      return loading && !loading.controller.signal.aborted ? loading.model.id : null;
    },

    choose(next) {
      model = next;
      panel.set({ model });
    },

    async ensureLoaded() {
      // Another model may be on its way in, or one on its way out; two at once would fight over the GPU.
      while (leaving || (loading && (loading.model.id !== model.id || loading.controller.signal.aborted))) {
        if (leaving) await leaving.catch(() => {});
        else {
          loading?.controller.abort();
          await loading?.done.catch(() => {});
        }
      }
      if (isClosed) throw new AppError('core-retired', 'Hearth has moved on. Reload this tab.');
      if (loading) return loading.done;
      if (engine.loadedModel === model.id) {
        // Another one was on its way, and this one was chosen again.
        if (panel.state.status.type !== 'ready') panel.set({ status: { type: 'ready' } });
        return model;
      }
      const controller = new AbortController();
      const done = load(model, controller.signal).finally(() => {
        loading = null;
      });
      loading = { model, done, controller };
      return done;
    },

    cancel: () => loading?.controller.abort(),

    unload,

    close() {
      isClosed = true;
      return unload();
    },
  };
}
