import { AppError } from '../../shared/errors.ts';
import type { FolderFile, ModelOffer } from '../../shared/models-state.ts';

/** The files of a folder picker: their paths begin with the folder's name. */
export function pickedFiles(list: File[]): Extract<ModelOffer, { files: FolderFile[] }> {
  const files = list.map((file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
  return { files, name: files[0]?.path.split('/')[0] ?? 'The folder' };
}

/** The files of a ZIP. Stored ones are read one after another, so that no more than one is in memory. Rejects once aborted. */
export async function unzip(zip: File, signal: AbortSignal): Promise<ModelOffer> {
  const { BlobReader, BlobWriter, configure, ZipReader } = await import('@zip.js/zip.js');
  // Workers of its own would come from blob: addresses, which the page's policy forbids.
  configure({ useWebWorkers: false });
  try {
    const entries = await new ZipReader(new BlobReader(zip)).getEntries();
    const files = [];
    for (const entry of entries) {
      signal.throwIfAborted();
      if (entry.directory) continue;
      files.push({ path: entry.filename, blob: await entry.getData(new BlobWriter(), { signal }) });
    }
    return { files, name: zip.name };
  } catch (error) {
    signal.throwIfAborted();
    throw new AppError('bad-input', `${zip.name} is no ZIP file, or is damaged. Make or get it again.`, {
      cause: error,
    });
  }
}
