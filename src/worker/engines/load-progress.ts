import type { InitProgressReport } from '@mlc-ai/web-llm';
import { assertNever } from '../../shared/errors.ts';
import type { LoadPhase } from '../../shared/engine-state.ts';
import type { LoadProgress } from './engine.ts';

/** Where each phase begins and ends between 0 and 1, in the order in which web-llm goes through them. */
type Spans = Record<LoadPhase, readonly [from: number, to: number]>;

const downloading: Spans = { fetch: [0, 0.8], upload: [0.8, 0.9], compile: [0.9, 1] };
const fromCache: Spans = { fetch: [0, 0.05], upload: [0.05, 0.5], compile: [0.5, 1] };

/**
 * Makes one number that only grows of web-llm's reports, whose own begins again with each phase.
 * The phase is known by the report's words alone.
 */
export function makeLoadProgress(
  totalBytes: number,
  isCached: boolean,
  onProgress: (progress: LoadProgress) => void,
): (report: Pick<InitProgressReport, 'progress' | 'text'>) => void {
  const spans = isCached ? fromCache : downloading;
  let reached = 0;
  onProgress({ phase: 'fetch', loadedBytes: 0, totalBytes, progress: 0 });

  return ({ progress, text }) => {
    const phase = phaseOf(text);
    const [from, to] = spans[phase];
    reached = Math.max(reached, from + (to - from) * progress);
    onProgress({ phase, loadedBytes: bytesIn(phase, progress * totalBytes), totalBytes, progress: reached });
  };

  function bytesIn(phase: LoadPhase, bytes: number): number {
    switch (phase) {
      case 'fetch':
      case 'upload':
        return Math.round(bytes);
      case 'compile':
        return totalBytes;
      default:
        return assertNever(phase);
    }
  }
}

function phaseOf(text: string): LoadPhase {
  if (text.startsWith('Loading model from cache')) return 'upload';
  if (text.startsWith('Loading GPU shader modules') || text.startsWith('Finish loading')) return 'compile';
  return 'fetch';
}
