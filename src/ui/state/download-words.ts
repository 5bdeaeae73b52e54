import type { DownloadView } from '../../shared/models-state.ts';
import { formatBytes, formatDuration } from './format-figures.ts';

/** How a download stands, in one line. */
export function downloadWords(download: DownloadView): string {
  const { stage, receivedBytes, totalBytes, bytesPerSecond, error } = download;
  const bytes =
    totalBytes === null
      ? formatBytes(receivedBytes)
      : `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`;
  switch (stage) {
    case 'paused':
      return `Paused at ${bytes}`;
    case 'failed':
      return error?.message ?? 'The download failed.';
    case 'waiting':
      return `${bytes} · trying again soon: ${error?.message ?? 'the connection was lost.'}`;
    case 'checking':
      return `${bytes} · checking`;
    case 'downloading': {
      if (totalBytes === null) return 'Reading what there is to download';
      if (bytesPerSecond === null || bytesPerSecond <= 0) return bytes;
      const left = formatDuration(((totalBytes - receivedBytes) / bytesPerSecond) * 1000);
      return `${bytes} · ${formatBytes(bytesPerSecond)}/s · ${left} left`;
    }
    default:
      return bytes;
  }
}
