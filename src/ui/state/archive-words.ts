import type { ArchiveReport } from '../../shared/archive.ts';
import { formatNumber, formatPlural } from './format-figures.ts';

/** What became of a file, as a sentence. */
export function archiveWords({ added, completed, known, refused }: ArchiveReport): string {
  const parts = [
    ...(added > 0 ? [`${formatPlural(added, 'conversation')} added`] : []),
    ...(completed > 0 ? [`${formatNumber(completed)} completed`] : []),
    ...(known > 0 ? [`${formatNumber(known)} ${known === 1 ? 'was' : 'were'} here already`] : []),
    ...(refused > 0 ? [`${formatNumber(refused)} could not be read`] : []),
  ];
  return parts.length === 0 ? 'The file holds no conversations.' : `${parts.join(', ')}.`;
}
