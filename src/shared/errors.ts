/** Every way in which Hearth can refuse or fail, as a closed set. */
export type ErrorCode =
  | 'core-died'
  | 'core-retired'
  | 'protocol-mismatch'
  | 'not-found'
  | 'bad-input'
  | 'busy'
  | 'storage-full'
  | 'storage-blocked'
  | 'storage-failed'
  | 'no-gpu'
  | 'gpu-lost'
  | 'model-failed'
  | 'model-unknown'
  | 'context-full'
  | 'engine-failed'
  /** The device that was to answer went away; the text up to then can be continued. */
  | 'host-lost'
  /** The host said no: paused, limits, or its person. */
  | 'host-refused'
  | 'pairing-failed'
  | 'link-failed';

/** What of an error crosses a port and is kept with a message: the class itself does not survive a clone. */
export interface ErrorView {
  code: ErrorCode;
  message: string;
}

/** An error with a code for programs and a sentence for people. `cause` is always kept. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get view(): ErrorView {
    return { code: this.code, message: this.message };
  }
}

/** Any thrown thing as an `AppError`; what already is one passes through. */
export function asAppError(error: unknown, code: ErrorCode, message: string): AppError {
  if (error instanceof AppError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new AppError(code, detail ? `${message} (${detail})` : message, { cause: error });
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';

export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
