import * as v from 'valibot';
import type { DownloadView, ModelsState, Verification, StoredFile } from '../../shared/models-state.ts';
import { AppError, asAppError, isAbort } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Store as Settings } from '../store/store.ts';
import type { Catalogue, ModelSource } from './catalogue.ts';
import { fetchModel } from './fetch-model.ts';
import { makeFileStore, problemOf } from './file-store.ts';
import { folderOf, weightsListName, type ModelFiles, type PlannedFile } from './model-files.ts';
import { makePartStore } from './part-store.ts';

/** What downloads need of the platform. */
export interface DownloadPlatform {
  caches: CacheStorage;
  fetch: typeof fetch;
  /** Bytes that this origin may still store; null where the browser does not say. */
  freeBytes(): Promise<number | null>;
  untilOnline?(): Promise<void>;
}

export interface DownloadsOptions extends DownloadPlatform {
  source: ModelSource & Pick<Catalogue, 'find'>;
  clock: Clock;
  settings: Pick<Settings, 'getSetting' | 'putSetting'>;
  onChange(state: Pick<ModelsState, 'downloads' | 'stored'>): void;
}

export interface DownloadProgress {
  receivedBytes: number;
  totalBytes: number | null;
}

export interface EnsureOptions {
  onProgress?: (progress: DownloadProgress) => void;
  /** Files that need not be fetched: those of a disk. Null for what it does not have. */
  local?: (name: string) => Promise<Blob | null>;
  /** Nothing is begun for somebody who has given up; what is under way goes on until it is paused. */
  signal?: AbortSignal;
}

/** The downloads of all tabs: each model once, whoever asks for it and however often. */
export interface Downloads {
  readonly state: Pick<ModelsState, 'downloads' | 'stored'>;
  /** Goes on with what an earlier core did not finish, and shows what else is here in part as paused. */
  open(): Promise<void>;
  /** Resolves when the model's files are all here. Joins a download that is under way, unless it is stopping. Rejects with an `AbortError` when it is paused. */
  ensure(modelId: string, label: string, options?: EnsureOptions): Promise<void>;
  pause(modelId: string): Promise<void>;
  /**
   * Stops a download, and takes away what neither a size nor a hash vouches for, so that it is brought anew: configuration and
   * tokenizer. Gives what puts it back, in place of a download that failed.
   */
  setAside(modelId: string): Promise<() => Promise<void>>;
  /** Ends a download, and erases all files of the model. */
  remove(modelId: string): Promise<void>;
  /** Erases what an earlier version of Hearth left of another revision of the model. */
  dropOtherRevisions(modelId: string): Promise<void>;
  verify(modelId: string): Promise<Verification>;
  /** Null when the model is not here as a whole. */
  listFiles(modelId: string): Promise<StoredFile[] | null>;
  /** Looks again at what is stored. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

interface Job {
  view: DownloadView;
  controller: AbortController;
  done: Promise<void>;
  listeners: Set<(progress: DownloadProgress) => void>;
}

const settingKey = 'downloads';
const publishEveryMs = 250;
/** The rate is that of the last few seconds. */
const rateMs = 5000;

const Kept = v.record(v.string(), v.object({ label: v.string(), isPaused: v.boolean() }));

export function makeDownloads(options: DownloadsOptions): Downloads {
  const { clock, source, settings } = options;
  const files = makeFileStore(options.caches);
  const parts = makePartStore(options.caches);
  const jobs = new Map<string, Job>();
  let stored: Record<string, number> = {};
  let cancelPublish: (() => void) | null = null;
  let isClosed = false;

  const stateNow = (): Pick<ModelsState, 'downloads' | 'stored'> => ({
    downloads: [...jobs.values()].map(({ view }) => ({ ...view })),
    stored,
  });
  function publish(): void {
    cancelPublish?.();
    cancelPublish = null;
    options.onChange(stateNow());
  }
  function publishSoon(): void {
    cancelPublish ??= clock.after(publishEveryMs, publish);
  }

  /** For the next core, should this one die. */
  async function keep(): Promise<void> {
    const kept = [...jobs.values()].map(({ view }) => [
      view.modelId,
      { label: view.label, isPaused: view.stage === 'paused' || view.stage === 'failed' },
    ]);
    await settings.putSetting(settingKey, JSON.stringify(Object.fromEntries(kept)));
  }

  async function filesOf(modelId: string): Promise<ModelFiles> {
    const found = await source.filesOf(modelId);
    if (!found) throw new AppError('model-unknown', `There is no model named ${modelId}.`);
    return found;
  }

  function start(modelId: string, label: string, local?: EnsureOptions['local']): Job {
    const controller = new AbortController();
    const samples: { at: number; bytes: number }[] = [];
    const view: DownloadView = {
      modelId,
      label,
      stage: 'downloading',
      receivedBytes: jobs.get(modelId)?.view.receivedBytes ?? 0,
      totalBytes: jobs.get(modelId)?.view.totalBytes ?? null,
      bytesPerSecond: null,
      error: null,
    };
    const listeners = new Set<(progress: DownloadProgress) => void>();
    const show = (change: Partial<DownloadView>): void => {
      Object.assign(view, change);
      publishSoon();
    };
    const work = async (): Promise<void> => {
      await keep();
      await fetchModel({
        files: await filesOf(modelId),
        label,
        fileStore: files,
        parts,
        platform: options,
        clock,
        signal: controller.signal,
        ...(local ? { local } : {}),
        onStage: (stage, error) => show({ stage, error: error?.view ?? null }),
        onProgress(progress) {
          const at = clock.now();
          samples.push({ at, bytes: progress.receivedBytes });
          while ((samples[0]?.at ?? at) < at - rateMs) samples.shift();
          const [first] = samples;
          const ms = at - (first?.at ?? at);
          // Less than before when a file had to begin again.
          const bytes = Math.max(0, progress.receivedBytes - (first?.bytes ?? 0));
          show({ ...progress, bytesPerSecond: ms > 500 ? (bytes * 1000) / ms : null });
          for (const listener of listeners) listener(progress);
        },
      });
    };
    const finish = async (): Promise<void> => {
      try {
        await work();
        jobs.delete(modelId);
        await refresh();
      } catch (error) {
        if (isAbort(error)) show({ stage: 'paused', bytesPerSecond: null, error: null });
        else {
          const failure = asAppError(error, 'model-failed', `${label} could not be downloaded.`);
          show({ stage: 'failed', bytesPerSecond: null, error: failure.view });
          throw failure;
        }
        throw error;
      } finally {
        publish();
        if (!isClosed) await keep().catch(() => {});
      }
    };
    const job: Job = { view, controller, listeners, done: Promise.resolve() };
    // First: what is kept for the next core has this one in it.
    jobs.set(modelId, job);
    job.done = finish();
    job.done.catch(() => {});
    publish();
    return job;
  }

  /** It reads what is here already, and stays. */
  const startPaused = (modelId: string, label: string): void => start(modelId, label).controller.abort();

  const isActive = (job: Job | undefined): job is Job =>
    job !== undefined && job.view.stage !== 'paused' && job.view.stage !== 'failed';

  /** Told to stop, and not at its end yet: to join it would be to stop with it. */
  const isStopping = (job: Job | undefined): job is Job => isActive(job) && job.controller.signal.aborted;

  async function stop(modelId: string): Promise<void> {
    const job = jobs.get(modelId);
    job?.controller.abort();
    await job?.done.catch(() => {});
  }

  async function drop(modelId: string): Promise<void> {
    await stop(modelId);
    jobs.delete(modelId);
    await keep();
  }

  /** The models of which at least the list of weights is here. */
  async function idsHere(): Promise<string[]> {
    const requests = await (await options.caches.open('webllm/model')).keys();
    const lists = requests.map(({ url }) => url).filter((url) => url.endsWith(`/${weightsListName}`));
    return source.idsIn(lists.map((url) => url.slice(0, -weightsListName.length)));
  }

  async function refresh(): Promise<void> {
    const next: Record<string, number> = {};
    for (const id of await idsHere()) {
      // One that cannot be read hides no other.
      const bytes = await storedBytes(id).catch(() => null);
      if (bytes !== null) next[id] = bytes;
    }
    stored = next;
    publishSoon();
  }

  /**
   * What is here in part and nobody is bringing, as when a model has got another library, is a paused download: to go on with, or
   * to erase. Several models may have the same folder; it is one of them at most.
   */
  async function showIncomplete(): Promise<void> {
    const folderOfId = async (id: string): Promise<string | null> => {
      const record = await source.recordOf(id).catch(() => null);
      return record && folderOf(record).href;
    };
    const seen = new Set(await Promise.all([...Object.keys(stored), ...jobs.keys()].map(folderOfId)));
    for (const id of await idsHere()) {
      const folder = await folderOfId(id);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const label = (await source.find(id))?.label ?? id;
      // Meanwhile it may have come, or somebody may have asked for it.
      if ((await storedBytes(id).catch(() => null)) === null && !jobs.has(id)) startPaused(id, label);
    }
  }

  async function storedBytes(id: string): Promise<number | null> {
    const found = await source.filesOf(id).catch(() => null);
    if (!found) return null;
    const { all, isComplete } = await files.known(found);
    if (!isComplete || !(await Promise.all(all.map((file) => files.has(file)))).every(Boolean)) return null;
    return all.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  }

  return {
    get state() {
      return stateNow();
    },

    async open() {
      const text = await settings.getSetting(settingKey);
      const kept = text === null ? null : v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text);
      for (const [modelId, { label, isPaused }] of Object.entries(kept?.success ? kept.output : {})) {
        if (isPaused) startPaused(modelId, label);
        else start(modelId, label);
      }
      await refresh();
      await showIncomplete();
    },

    async ensure(modelId, label, { onProgress, local, signal } = {}) {
      let known: Job | undefined;
      do {
        await known?.done.catch(() => {});
        if ((await storedBytes(modelId)) !== null) return;
        signal?.throwIfAborted();
        known = jobs.get(modelId);
      } while (isStopping(known));
      const job = isActive(known) ? known : start(modelId, label, local);
      if (onProgress) job.listeners.add(onProgress);
      try {
        await job.done;
      } finally {
        if (onProgress) job.listeners.delete(onProgress);
      }
    },

    pause: stop,

    async setAside(modelId) {
      // A download under way would not bring again what it has brought.
      await stop(modelId);
      const { all } = await files.known(await filesOf(modelId));
      const aside: { file: PlannedFile; blob: Blob }[] = [];
      for (const file of all) {
        if (file.bytes !== null || file.hash !== null || file.name === weightsListName) continue;
        const blob = await files.read(file);
        if (blob) aside.push({ file, blob });
        await files.remove(file);
      }
      await refresh();
      return async () => {
        await drop(modelId);
        for (const { file, blob } of aside) await files.put(file, [blob]);
        await refresh();
      };
    },

    async remove(modelId) {
      await stop(modelId);
      const found = await filesOf(modelId);
      const { all } = await files.known(found);
      for (const file of all) {
        await parts.clear(file.url);
        await files.remove(file);
      }
      // A list that was damaged no longer names its files.
      await files.clearFolder(found);
      await drop(modelId);
      await refresh();
      publish();
    },

    async dropOtherRevisions(modelId) {
      await files.clearOtherRevisions(await filesOf(modelId));
    },

    async verify(modelId) {
      const { all } = await files.known(await filesOf(modelId));
      const badFiles: string[] = [];
      for (const file of all) {
        const blob = await files.read(file);
        if (blob && (await problemOf(file, [blob])) === null) continue;
        await files.remove(file);
        badFiles.push(file.name);
      }
      await refresh();
      return { checkedFiles: all.length, badFiles };
    },

    async listFiles(modelId) {
      if ((await storedBytes(modelId)) === null) return null;
      const { all } = await files.known(await filesOf(modelId));
      return all.map(({ name, store: cache, key: url }) => ({ name, cache, url }));
    },

    refresh,

    async close() {
      isClosed = true;
      await Promise.all([...jobs.keys()].map(stop));
    },
  };
}
