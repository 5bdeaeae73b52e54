import type { ErrorCode, ErrorView } from '../../shared/errors.ts';

const advice: Partial<Record<ErrorCode, string>> = {
  'core-retired': 'Reload this tab; your text is kept.',
  'protocol-mismatch': 'Reload this tab; your text is kept.',
  'storage-full': 'Free some space on this device, then try again. Your text is kept.',
  'storage-blocked': 'Close older tabs of Hearth, then try again. Your text is kept.',
  'no-gpu': 'Your text is kept.',
  'bad-input': 'Your text is kept.',
};

/** What happened, and what a person can do about it. */
export const withAdvice = (error: ErrorView): string =>
  `${error.message} ${advice[error.code] ?? 'Your text is kept: try again.'}`;
