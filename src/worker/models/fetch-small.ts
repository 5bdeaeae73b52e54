import { AppError, isAbort } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { stallMs } from './fetch-file.ts';
import { refusalOf } from './server-answer.ts';

export interface FetchSmallOptions {
  fetch: typeof fetch;
  clock: Clock;
  signal: AbortSignal;
}

/** Lists, configurations, tokenizers and libraries: the largest known have a third of it. Weights are not fetched by this. */
const mostBytes = 64 * 2 ** 20;

/**
 * A file that is looked at as a whole; null when there is none. Rejects with an `AbortError` after `signal`, with an `AppError`
 * when the server falls silent or sends no end of it, and with the browser's own error when it cannot be reached.
 */
export async function fetchSmall(
  url: URL,
  name: string,
  { fetch: get, clock, signal }: FetchSmallOptions,
): Promise<Blob | null> {
  const connection = new AbortController();
  const silence = (): void =>
    connection.abort(new AppError('model-failed', `${name}: the server has sent nothing for a while.`));
  let stall = clock.after(stallMs, silence);
  try {
    const response = await get(url, {
      cache: 'no-store',
      signal: AbortSignal.any([signal, connection.signal]),
    });
    if (response.status === 404) return null;
    const refusal = refusalOf(response, name);
    if (refusal instanceof AppError) throw refusal;
    if (refusal) throw new AppError('model-failed', `${name}: ${refusal.message}`);
    const reader = response.body?.getReader();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for (let step = await reader?.read(); step?.value; step = await reader?.read()) {
      stall();
      stall = clock.after(stallMs, silence);
      parts.push(step.value);
      bytes += step.value.byteLength;
      if (bytes > mostBytes)
        throw new AppError(
          'bad-input',
          `${name} is larger than any such file: the server sends something else.`,
        );
    }
    return new Blob(parts);
  } finally {
    stall();
    connection.abort();
  }
}

/** A file that came with Hearth, from the server that it came from. Rejects with an `AppError`, or an `AbortError` after `signal`. */
export async function fetchOwn(url: URL, options: FetchSmallOptions): Promise<Blob> {
  const name = url.pathname.split('/').at(-1) ?? '';
  const missing = (cause?: unknown): AppError =>
    new AppError('model-failed', `Hearth's own ${name} could not be fetched. Is its server still running?`, {
      cause,
    });
  const blob = await fetchSmall(url, name, options).catch((error: unknown) => {
    throw isAbort(error) ? error : missing(error);
  });
  if (!blob) throw missing();
  return blob;
}
