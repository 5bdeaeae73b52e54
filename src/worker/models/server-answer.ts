import { AppError } from '../../shared/errors.ts';

/** A failure that may pass: another try makes sense. The message says what went wrong, for people. */
export class Passing extends Error {}

const passing = new Set([408, 425, 429]);

/** Why a server's answer is no file; null when it is one. */
export function refusalOf({ status, ok }: Response, name: string): Error | null {
  if (ok) return null;
  if (status >= 500 || passing.has(status)) return new Passing(`the server answers with status ${status}.`);
  if (status === 401 || status === 403) {
    return new AppError(
      'model-failed',
      `${name}: the server refuses it (status ${status}). It may not exist, or ask for an account or for its terms to be accepted there first.`,
    );
  }
  if (status === 404 || status === 410) {
    return new AppError(
      'model-failed',
      `${name} is not on the server (status ${status}). Check the address.`,
    );
  }
  return new AppError('model-failed', `${name}: the server answers with status ${status}.`);
}

/** Where in the file an answer's first byte stands, when `asked` was where it should begin. */
export function startOfRange(response: Response, asked: number): number {
  if (response.status !== 206) return 0;
  // Servers of other origins do not always show the range; the hash tells at the end.
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return range ? Number(range[1]) : asked;
}

/** What tells one version of a file from another: a tag of the server's, and the whole file's size. Null when there is nothing. */
export function readVersion(response: Response, expected: number | null): string | null {
  const { headers } = response;
  const tag = headers.get('etag') ?? headers.get('last-modified');
  const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (total !== undefined && expected !== null && Number(total) !== expected) return `size ${total}`;
  return tag;
}
