import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { PartStore } from './part-store.ts';
import { readVersion, refusalOf, Passing, startOfRange } from './server-answer.ts';

export interface FetchFileOptions {
  url: string;
  /** For messages. */
  name: string;
  /** The file's size, where it is known beforehand. */
  bytes: number | null;
  parts: PartStore;
  fetch: typeof fetch;
  clock: Clock;
  signal: AbortSignal;
  /** What is here of the file now; less than before when it has to begin again. */
  onBytes(bytes: number): void;
  /** A try failed, and another will follow in a while; null when it goes on. */
  onTrouble(error: AppError | null): void;
  /** Resolves early when a try is likely to succeed: the network is back. */
  untilOnline?(): Promise<void>;
}

/** A crash costs at most this much of each file that is under way. */
const partBytes = 4 * 2 ** 20;
/** After so long without a byte a connection counts as dead: nothing else tells. */
export const stallMs = 20_000;
/** Tries without a single new byte, while there is a network. */
const mostTries = 7;
const longestWaitMs = 30_000;

/**
 * Brings all of a file into the part store, over any number of connections, and never the same byte twice unless the file
 * changed on its server. Rejects with an `AbortError` after `signal`; what is here stays.
 */
export async function fetchFile(options: FetchFileOptions): Promise<void> {
  const { name, clock, signal } = options;
  for (let tries = 0; ;) {
    const before = (await options.parts.open(options.url)).bytes;
    options.onBytes(before);
    try {
      await fetchRest(options);
      options.onTrouble(null);
      return;
    } catch (error) {
      if (signal.aborted) throw new DOMException('The download was stopped.', 'AbortError');
      if (error instanceof AppError) throw error;
      if (isFull(error)) throw asStorageError(error, name);
      const { bytes } = await options.parts.open(options.url);
      // Whoever answers was reached, be it on this computer.
      const isOffline = !(error instanceof Passing) && knowsNoNetwork();
      tries = isOffline ? 0 : bytes > before ? 1 : tries + 1;
      const trouble = new AppError('model-failed', `${name}: ${reasonOf(error)}`, { cause: error });
      if (tries >= mostTries) throw trouble;
      options.onTrouble(trouble);
      const wait = isOffline ? longestWaitMs : Math.min(longestWaitMs, 500 * 2 ** tries);
      await pause(wait, clock, signal, options.untilOnline);
    }
  }
}

/** Browsers are sure of that only; Node does not say. */
const knowsNoNetwork = (): boolean => 'navigator' in globalThis && 'onLine' in navigator && !navigator.onLine;

const isFull = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'QuotaExceededError';

export const asStorageError = (error: unknown, name: string): AppError =>
  isFull(error)
    ? new AppError(
        'storage-full',
        `There is no space left on this device for ${name}. Remove another model, or free some space, and go on.`,
        { cause: error },
      )
    : new AppError('storage-failed', `${name} could not be kept in this browser.`, { cause: error });

const reasonOf = (error: unknown): string =>
  error instanceof Passing ? error.message : 'the connection was lost.';

async function pause(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  untilOnline?: () => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
    // What aborted before tells nobody.
    if (signal.aborted) end();
    void untilOnline?.().then(end);
  });
}

/** One connection: from what is here to the end of the file. */
async function fetchRest({ url, name, bytes: expected, parts, ...options }: FetchFileOptions): Promise<void> {
  const { bytes: have, parts: count, version } = await parts.open(url);
  if (expected !== null && have === expected) return;
  const startAgain = async (why: string): Promise<never> => {
    await parts.clear(url);
    options.onBytes(0);
    throw new Passing(why);
  };
  if (expected !== null && have > expected) await startAgain('it was longer than it should be.');

  const connection = new AbortController();
  const onAbort = (): void => connection.abort();
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();
  let stall = options.clock.after(stallMs, onAbort);
  const alive = (): void => {
    stall();
    stall = options.clock.after(stallMs, onAbort);
  };
  try {
    const response = await options.fetch(url, {
      signal: connection.signal,
      // The browser's own cache would keep a second copy.
      cache: 'no-store',
      ...(have > 0 ? { headers: { range: `bytes=${have}-` } } : {}),
    });
    alive();
    if (response.status === 416) await startAgain('its size changed on the server.');
    const refusal = refusalOf(response, name);
    if (refusal) throw refusal;
    const now = readVersion(response, expected);
    if (have > 0 && version !== null && now !== null && version !== now)
      await startAgain('it changed on the server.');
    // A server that knows no ranges sends all of it again.
    const start = startOfRange(response, have);
    if (start !== have) {
      await parts.clear(url);
      options.onBytes(0);
      if (start !== 0) throw new Passing('the server sent another part than was asked for.');
    }
    const got = await receive(response, {
      from: start,
      index: start === have ? count : 0,
      limit: expected,
      alive,
      keep: async (part, index) => parts.add(url, index, part, now),
      onBytes: options.onBytes,
    });
    if (expected !== null && got > expected) await startAgain('the server sent more than it should.');
    if (expected !== null && got < expected) throw new Passing('the server ended it too early.');
    options.onTrouble(null);
  } finally {
    stall();
    options.signal.removeEventListener('abort', onAbort);
    connection.abort();
  }
}

interface Receiving {
  from: number;
  index: number;
  limit: number | null;
  alive(): void;
  keep(part: Blob, index: number): Promise<void>;
  onBytes(bytes: number): void;
}

/** Keeps a body in parts of some megabytes; what came before a break is kept too. Gives the bytes that are here in the end. */
async function receive(response: Response, { from, limit, ...options }: Receiving): Promise<number> {
  const reader = response.body?.getReader();
  let { index } = options;
  let got = from;
  let waiting: Uint8Array<ArrayBuffer>[] = [];
  let waitingBytes = 0;
  const keep = async (): Promise<void> => {
    if (waitingBytes === 0) return;
    await options.keep(new Blob(waiting), index);
    index += 1;
    waiting = [];
    waitingBytes = 0;
  };
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true as const, value: undefined };
      if (done) break;
      options.alive();
      waiting.push(value);
      waitingBytes += value.length;
      got += value.length;
      options.onBytes(got);
      if (waitingBytes >= partBytes) await keep();
      // One that lies about the length could go on for ever.
      if (limit !== null && got > limit) break;
    }
  } finally {
    await keep();
  }
  return got;
}
