import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';

/** What went wrong in a load, as a sentence that says what a person can do about it. */
export function asLoadError(error: unknown, model: ModelChoice): AppError {
  if (error instanceof AppError) {
    if (error.code !== 'gpu-lost') return error;
    const message = `The GPU stopped working while ${model.label} was being loaded. It may need more memory than there is.`;
    return new AppError('gpu-lost', message, { cause: error });
  }
  const name = error instanceof Error ? error.name : '';
  const cause = { cause: error };
  if (name === 'QuotaExceededError') {
    return new AppError(
      'storage-full',
      `There is no space left to keep ${model.label} in this browser.`,
      cause,
    );
  }
  if (name === 'DeviceLostError') {
    return new AppError('gpu-lost', `The GPU stopped working while ${model.label} was being loaded.`, cause);
  }
  // `fetch` and `Cache.add` both say so when a server cannot be reached or refuses.
  if (error instanceof TypeError || name === 'NetworkError') {
    const message = `${model.label} could not be downloaded. Check the connection and try again.`;
    return new AppError('model-failed', message, cause);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new AppError('model-failed', `${model.label} could not be loaded. (${detail})`, cause);
}
