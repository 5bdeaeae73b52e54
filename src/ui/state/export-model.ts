import type { StoredFile } from '../../shared/models-state.ts';
import { AppError } from '../../shared/errors.ts';
import { fileNameOf, saveFile } from './save-file.ts';

/** Chromium's way to write a file as it grows. */
interface FilePicker {
  showSaveFilePicker?(options: {
    suggestedName: string;
  }): Promise<{ createWritable(): Promise<WritableStream> }>;
}

export interface ExportOptions {
  signal: AbortSignal;
  /** How much of it is written, up to 1. */
  onProgress(part: number): void;
}

/**
 * Saves a model's files as one ZIP, not packed further, which another Hearth takes back in without a network. False when the
 * person thought better of it.
 */
export async function exportModel(
  label: string,
  files: StoredFile[],
  { signal, onProgress }: ExportOptions,
): Promise<boolean> {
  const name = fileNameOf(label, 'zip');
  const picker = window as unknown as FilePicker;
  const target = await picker.showSaveFilePicker?.({ suggestedName: name }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  });
  if (target === null) return false;
  const { BlobReader, BlobWriter, configure, ZipWriter } = await import('@zip.js/zip.js');
  configure({ useWebWorkers: false });
  const writable = await target?.createWritable();
  try {
    const zip = new ZipWriter(writable ?? new BlobWriter('application/zip'), { level: 0 });
    for (const [index, file] of files.entries()) {
      signal.throwIfAborted();
      const response = await (await caches.open(file.cache)).match(file.url);
      if (!response)
        throw new AppError('not-found', `${file.name} is not here any more. Check the model’s files.`);
      await zip.add(file.name, new BlobReader(await response.blob()), { signal });
      onProgress((index + 1) / files.length);
    }
    const result: unknown = await zip.close();
    if (result instanceof Blob) saveFile(result, name);
    return true;
  } catch (error) {
    // What was there under that name stays as it was. Why the writing failed says more than why this did.
    await writable?.abort().catch(() => {});
    if (signal.aborted) return false;
    throw error;
  }
}
