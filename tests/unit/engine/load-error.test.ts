import { expect, test } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { asLoadError } from '../../../src/worker/engines/load-error.ts';
import { testModel } from '../../support/make-test-core.ts';

test.for([
  [new DOMException('full', 'QuotaExceededError'), 'storage-full', /no space left/],
  [new TypeError('Failed to fetch'), 'model-failed', /Check the connection/],
  [new AppError('gpu-lost', 'gone'), 'gpu-lost', /more memory than there is/],
  [new AppError('no-gpu', 'none here'), 'no-gpu', /none here/],
  [new Error('Cannot find param'), 'model-failed', /Cannot find param/],
  ['a string', 'model-failed', /a string/],
] as const)('%s is told to people as %s', ([error, code, message]) => {
  const told = asLoadError(error, testModel);
  expect(told.code).toBe(code);
  expect(told.message).toMatch(message);
  expect(told === error || told.cause === error).toBe(true);
});
