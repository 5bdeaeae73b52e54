import * as v from 'valibot';
import type { DownloadView, ModelsState, Verification, StoredFile } from '../../shared/models-state.ts';
import { AppError, asAppError, isAbort } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Store as Settings } from '../store/store.ts';
import type { Catalogue, ModelSource } from './catalogue.ts';
import { fetchModel } from './fetch-model.ts';
import { makeFileStore, problemOf } from './file-store.ts';
import type { DeviceFigures } from './fit.ts';
import { weightsListName, type ModelFiles, type PlannedFile } from './model-files.ts';
import { makeModelsHere } from './models-here.ts';
import { makePartStore } from './part-store.ts';
import { untilAborted } from '../runs/until-aborted.ts';
import { makeInTurn, type InTurn } from '../in-turn.ts';

/** What downloads need of the platform. */
export interface DownloadPlatform {
  caches: CacheStorage;
  fetch: typeof fetch;
  /** Bytes that this origin may still store; null where the browser does not say. */
  freeBytes(): Promise<number | null>;
  untilOnline?(): Promise<void>;
  readDevice?(): Promise<DeviceFigures>;
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
  /** The model, and all others whose files lie in its folder: what becomes of its files becomes of theirs. */
  sharing(modelId: string): Promise<string[]>;
  /** Ends a download, and erases the model's folder, and the libraries of all its models that no other folder's model needs. */
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
  /** What it is copied from, if not fetched: it goes on from there after a pause, too. */
  local: EnsureOptions['local'];
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
  const here = makeModelsHere(options.caches, files, source);
  /** By the folder that they write to: two at once would write into each other's files. */
  const jobs = new Map<string, Job>();
  /** Models of several folders may have the same library. */
  const libraryTurns = new Map<string, InTurn>();
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

  function libraryAlone<T>(url: string, work: () => Promise<T>): Promise<T> {
    const inTurn = libraryTurns.get(url) ?? makeInTurn();
    libraryTurns.set(url, inTurn);
    return inTurn(work);
  }

  function start(folder: string, modelId: string, label: string, from?: EnsureOptions['local']): Job {
    const earlier = jobs.get(folder);
    const before = earlier?.view;
    const local = from ?? (before?.modelId === modelId ? earlier?.local : undefined);
    const controller = new AbortController();
    const samples: { at: number; bytes: number }[] = [];
    const view: DownloadView = {
      modelId,
      label,
      stage: 'downloading',
      receivedBytes: before?.receivedBytes ?? 0,
      totalBytes: before?.totalBytes ?? null,
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
        libraryAlone,
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
        jobs.delete(folder);
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
    const job: Job = { view, controller, listeners, local, done: Promise.resolve() };
    // First: what is kept for the next core has this one in it.
    jobs.set(folder, job);
    job.done = finish();
    job.done.catch(() => {});
    publish();
    return job;
  }

  /** It reads what is here already, and stays. */
  const startPaused = (folder: string, modelId: string, label: string): void =>
    start(folder, modelId, label).controller.abort();

  const jobOf = (modelId: string): Job | undefined =>
    [...jobs.values()].find(({ view }) => view.modelId === modelId);

  const isActive = (job: Job | undefined): job is Job =>
    job !== undefined && job.view.stage !== 'paused' && job.view.stage !== 'failed';

  async function stop(job: Job | undefined): Promise<void> {
    job?.controller.abort();
    await job?.done.catch(() => {});
  }

  async function drop(folder: string): Promise<void> {
    await stop(jobs.get(folder));
    jobs.delete(folder);
    await keep();
  }

  async function follow({ listeners, done }: Job, onProgress: EnsureOptions['onProgress']): Promise<void> {
    if (onProgress) listeners.add(onProgress);
    try {
      await done;
    } finally {
      if (onProgress) listeners.delete(onProgress);
    }
  }

  async function refresh(): Promise<void> {
    const next: Record<string, number> = {};
    for (const id of await here.ids()) {
      // One that cannot be read hides no other.
      const bytes = await here.bytesOf(id).catch(() => null);
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
    const seen = new Set([...jobs.keys(), ...(await Promise.all(Object.keys(stored).map(here.folderOf)))]);
    for (const id of await here.ids()) {
      const folder = await here.folderOf(id);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const label = (await source.find(id))?.label ?? id;
      // Meanwhile it may have come, or somebody may have asked for it.
      if ((await here.bytesOf(id).catch(() => null)) === null && !jobs.has(folder))
        startPaused(folder, id, label);
    }
  }

  return {
    get state() {
      return stateNow();
    },

    async open() {
      const text = await settings.getSetting(settingKey);
      const kept = text === null ? null : v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text);
      for (const [modelId, { label, isPaused }] of Object.entries(kept?.success ? kept.output : {})) {
        const folder = await here.folderOf(modelId);
        // Of two models of one folder, which an earlier version may have kept, the first.
        if (jobs.has(folder)) continue;
        if (isPaused) startPaused(folder, modelId, label);
        else start(folder, modelId, label);
      }
      await refresh();
      await showIncomplete();
    },

    async ensure(modelId, label, { onProgress, local, signal } = {}) {
      const folder = await here.folderOf(modelId);
      const patience = signal ?? new AbortController().signal;
      for (;;) {
        if ((await here.bytesOf(modelId)) !== null) return;
        signal?.throwIfAborted();
        const known = jobs.get(folder);
        if (!isActive(known)) return follow(start(folder, modelId, label, local), onProgress);
        const isStopping = known.controller.signal.aborted;
        if (known.view.modelId === modelId && !isStopping) return follow(known, onProgress);
        // To join one that is stopping would be to stop with it; and one for another model of the folder leaves out our library.
        await untilAborted(
          follow(known, onProgress).catch(() => {}),
          patience,
        );
      }
    },

    pause: (modelId) => stop(jobOf(modelId)),

    async setAside(modelId) {
      // A download under way would not bring again what it has brought.
      const folder = await here.folderOf(modelId);
      await stop(jobs.get(folder));
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
        await drop(folder);
        for (const { file, blob } of aside) await files.put(file, [blob]);
        await refresh();
      };
    },

    sharing: here.sharing,

    async remove(modelId) {
      const folder = await here.folderOf(modelId);
      await stop(jobs.get(folder));
      const ids = await here.sharing(modelId);
      const needed = await here.librariesBeside(
        ids,
        [...jobs.values()].map(({ view }) => view.modelId),
      );
      const found = await filesOf(modelId);
      const { all } = await files.known(found);
      const libraries = (await Promise.all(ids.map(filesOf)))
        .map(({ record, libraryUrl: url }) => ({ store: 'webllm/wasm' as const, key: record.model_lib, url }))
        .filter(({ key }) => !needed.has(key));
      for (const file of [...all.filter(({ store }) => store !== 'webllm/wasm'), ...libraries]) {
        await parts.clear(file.url);
        await files.remove(file);
      }
      // A list that was damaged no longer names its files.
      await files.clearFolder(found);
      await drop(folder);
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
      if ((await here.bytesOf(modelId)) === null) return null;
      const { all } = await files.known(await filesOf(modelId));
      return all.map(({ name, store: cache, key: url }) => ({ name, cache, url }));
    },

    refresh,

    async close() {
      isClosed = true;
      await Promise.all([...jobs.values()].map(stop));
    },
  };
}
