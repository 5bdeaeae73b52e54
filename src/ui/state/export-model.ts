import type { StoredFile } from '../../shared/models-state.ts';
import { AppError } from '../../shared/errors.ts';
import { fileNameOf, saveFile } from './save-file.ts';

/** Chromium's way to write a file as it grows. */
interface FilePicker {
  showSaveFilePicker?(options: {
    suggestedName: string;
  }): Promise<{ createWritable(): Promise<WritableStream> }>;
}

/** Saves a model's files as one ZIP, not packed further, which another Hearth takes back in without a network. */
export async function exportModel(label: string, files: StoredFile[]): Promise<void> {
  const name = fileNameOf(label, 'zip');
  const picker = window as unknown as FilePicker;
  const target = await picker.showSaveFilePicker?.({ suggestedName: name }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  });
  if (target === null) return;
  const { BlobReader, BlobWriter, configure, ZipWriter } = await import('@zip.js/zip.js');
  configure({ useWebWorkers: false });
  const zip = target
    ? new ZipWriter(await target.createWritable(), { level: 0 })
    : new ZipWriter(new BlobWriter('application/zip'), { level: 0 });
  for (const file of files) {
    const response = await (await caches.open(file.cache)).match(file.url);
    if (!response)
      throw new AppError('not-found', `${file.name} is not here any more. Check the model’s files.`);
    await zip.add(file.name, new BlobReader(await response.blob()));
  }
  const result: unknown = await zip.close();
  if (result instanceof Blob) saveFile(result, name);
}
