import * as v from 'valibot';
import { AppError } from '../../shared/errors.ts';
import type { DownloadView } from '../../shared/models-state.ts';
import type { Clock } from '../clock.ts';
import type { DownloadPlatform, DownloadProgress } from './downloads.ts';
import { asStorageError, fetchFile } from './fetch-file.ts';
import type { FileStore } from './file-store.ts';
import { requireBuffers } from './fit.ts';
import { headFiles, WeightsList, type ModelFiles, type PlannedFile } from './model-files.ts';
import { ownHost } from './own-model.ts';
import type { PartStore } from './part-store.ts';
import { untilAborted } from '../runs/until-aborted.ts';

export interface FetchModelOptions {
  files: ModelFiles;
  label: string;
  fileStore: FileStore;
  parts: PartStore;
  platform: DownloadPlatform;
  clock: Clock;
  signal: AbortSignal;
  /** Files that need not be fetched. */
  local?: (name: string) => Promise<Blob | null>;
  /** Runs this after all that was asked to be run for the same address: a library may be on its way for another folder's model too. */
  libraryAlone<T>(url: string, work: () => Promise<T>): Promise<T>;
  onStage(stage: DownloadView['stage'], error: AppError | null): void;
  onProgress(progress: DownloadProgress): void;
}

/**
 * Files at once: one connection alone seldom fills a line. A file itself is not split: it would end no sooner while the largest is
 * under a third of a model and comes early, as embeddings do (Qwen2.5 0.5B 27 %, Gemma 2 2B 22 %, OpenChat 2 % at 4 bits).
 */
const atOnce = 3;

/** Brings all files of a model to where web-llm looks for them. What is here is not fetched again. */
export async function fetchModel(options: FetchModelOptions): Promise<void> {
  const { files, fileStore, signal } = options;
  const { config, weightsList } = headFiles(files);
  const received = new Map<string, number>();
  let totalBytes: number | null = null;
  const report = (): void =>
    options.onProgress({
      receivedBytes: [...received.values()].reduce((sum, bytes) => sum + bytes, 0),
      totalBytes,
    });
  const bring = async (file: PlannedFile): Promise<void> => {
    await bringFile(options, file, (bytes) => {
      // Only what the model's list counts: the others are small, and their size is known when they are here.
      if (file.bytes === null) return;
      received.set(file.key, bytes);
      report();
    });
  };

  // A damaged list goes, so that it is brought again.
  await fileStore.known(files);
  await bring(config);
  await bring(weightsList);
  const { all } = await fileStore.known(files);
  totalBytes = all.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const missing: PlannedFile[] = [];
  for (const file of all) {
    if (await fileStore.has(file)) received.set(file.key, file.bytes ?? 0);
    else {
      missing.push(file);
      received.set(file.key, file.bytes === null ? 0 : (await options.parts.open(file.url)).bytes);
    }
  }
  report();
  if (signal.aborted) throw new DOMException('The download was stopped.', 'AbortError');
  await requireSpace(options, missing, received);
  await requireGpu(options, weightsList);
  options.onStage('downloading', null);

  const queue = missing.values();
  const group = new AbortController();
  const both = AbortSignal.any([signal, group.signal]);
  const takeTurns = async (): Promise<void> => {
    for (const file of queue) {
      if (both.aborted) throw new DOMException('The download was stopped.', 'AbortError');
      let hasBegun = false;
      const work = async (): Promise<void> => {
        both.throwIfAborted();
        hasBegun = true;
        await bringFile({ ...options, signal: both }, file, (bytes) => {
          if (file.bytes === null) return;
          received.set(file.key, bytes);
          report();
        });
      };
      const working = file.store === 'webllm/wasm' ? options.libraryAlone(file.url, work) : work();
      await untilAborted(working, both);
      // What is under way keeps what it has; the end of another's turn is not waited for.
      if (hasBegun) await working;
      else both.throwIfAborted();
    }
  };
  const turns = Array.from({ length: atOnce }, takeTurns);
  // One file that cannot be had ends all: the others stop where they are.
  for (const turn of turns) turn.catch(() => group.abort());
  const results = await Promise.allSettled(turns);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const [first] = [...failures.filter((failure) => failure instanceof AppError), ...failures];
  if (first !== undefined) throw first;
}

async function bringFile(
  { files, fileStore, parts, platform, clock, signal, onStage, local }: FetchModelOptions,
  file: PlannedFile,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (await fileStore.has(file)) return;
  const text = files.texts[file.name];
  if (text !== undefined) {
    await fileStore.put(file, [new Blob([text])]);
    return;
  }
  const here = (await local?.(file.name)) ?? null;
  if (here) {
    await fileStore.put(file, [here]).catch((error: unknown) => {
      throw error instanceof AppError ? error : asStorageError(error, file.name);
    });
    onBytes(here.size);
    return;
  }
  if (file.url.startsWith(ownHost)) {
    throw new AppError(
      'model-failed',
      `${file.name} is no longer in this browser. Add the model's folder again.`,
    );
  }
  for (let isSecond = false; ; isSecond = true) {
    await fetchFile({
      ...file,
      parts,
      fetch: platform.fetch,
      clock,
      signal,
      onBytes,
      onTrouble: (error) => onStage(error ? 'waiting' : 'downloading', error),
      ...(platform.untilOnline ? { untilOnline: () => platform.untilOnline?.() ?? Promise.resolve() } : {}),
    });
    try {
      await fileStore.put(file, await parts.read(file.url));
      await parts.clear(file.url);
      return;
    } catch (error) {
      if (!(error instanceof AppError)) throw asStorageError(error, file.name);
      // Damaged on its way, or changed between two connections: once more from the start.
      await parts.clear(file.url);
      if (isSecond) throw error;
    }
  }
}

/** Says so before the first byte, rather than fail after gigabytes. */
async function requireSpace(
  { label, platform }: FetchModelOptions,
  missing: PlannedFile[],
  received: Map<string, number>,
): Promise<void> {
  const free = await platform.freeBytes();
  const left = missing.reduce((sum, { bytes, key }) => sum + (bytes ?? 0) - (received.get(key) ?? 0), 0);
  // While a file is put together its parts are still there.
  const largest = Math.max(0, ...missing.map(({ bytes }) => bytes ?? 0));
  if (free === null || left + largest <= free) return;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new AppError(
    'storage-full',
    `${label} needs ${gigabytes(left + largest)} more on this device, and the browser allows ${gigabytes(free)}. Remove another model, or free some space.`,
  );
}

/** Here, too: only the list of the weights tells how large a buffer most models need. */
async function requireGpu(
  { label, platform, fileStore }: FetchModelOptions,
  weightsList: PlannedFile,
): Promise<void> {
  const device = (await platform.readDevice?.().catch(() => null)) ?? null;
  const list = await fileStore.read(weightsList);
  if (!device?.limits || !list) return;
  requireBuffers(label, v.parse(WeightsList, JSON.parse(await list.text())), device.limits);
}
