import { AppError, asAppError } from '../../shared/errors.ts';

const nameOf = (error: unknown): string => (error instanceof DOMException ? error.name : '');

/** Why a transaction failed, as an error with a sentence for people. */
export function storageError(error: unknown): AppError {
  if (nameOf(error) === 'QuotaExceededError') {
    return new AppError('storage-full', 'There is no space left to save to.', { cause: error });
  }
  return asAppError(error, 'storage-failed', 'The browser could not read or save conversations.');
}

/** Why the database did not open. */
export function openError(error: unknown): AppError {
  switch (nameOf(error)) {
    case 'VersionError':
      return new AppError(
        'storage-failed',
        'A newer Hearth already uses these conversations. Reload this tab to get it.',
        { cause: error },
      );
    case 'SecurityError':
      return new AppError(
        'storage-failed',
        'The browser does not let this page save anything. Allow site data for it, then reload.',
        { cause: error },
      );
    default:
      return storageError(error);
  }
}

/** An older connection has to close first; the opening goes on by itself when it does. */
export const heldByOlderTab = (): AppError =>
  new AppError('storage-blocked', 'An older tab of Hearth still holds the saved conversations.');
