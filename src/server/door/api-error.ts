import * as v from 'valibot';
import type { AnswerEvent } from '../../shared/door.ts';

type DoorErrorCode = Extract<AnswerEvent, { type: 'error' }>['code'];

/** A refusal or failure in the shape in which OpenAI tells it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;
  /** Seconds. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    message: string,
    more: { param?: string | null; code?: string; retryAfter?: number } = {},
  ) {
    super(message);
    this.status = status;
    this.param = more.param ?? null;
    this.code = more.code ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }

  /** What is answered. Not named `body`: express's parser gives errors one of its own. */
  get view() {
    const { message, param, code, status } = this;
    return { error: { message, type: typeOf(status), param, code } };
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** `messages[0].content`, as OpenAI writes where something is. */
export function paramOf(issue: v.BaseIssue<unknown>): string | null {
  const path = (v.getDotPath(issue) ?? '').replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]');
  return path === '' ? null : path;
}

export const noEngine = (reason: string | null): ApiError =>
  new ApiError(
    503,
    reason ?? 'No engine is connected. Open Hearth in a browser on this machine, or start with --headless.',
    { code: 'no_engine', retryAfter: 5 },
  );

export const unknownModel = (model: string, served: string[]): ApiError =>
  new ApiError(
    404,
    `The model "${model}" is not served here.${served.length === 0 ? '' : ` This is: ${served.join(', ')}.`}`,
    { param: 'model', code: 'model_not_found' },
  );

/** What the core says of a request that failed there. */
export function fromCoreError(code: DoorErrorCode, message: string): ApiError {
  switch (code) {
    case 'bad-input':
      return new ApiError(400, message);
    case 'context-full':
      return new ApiError(400, message, { param: 'messages', code: 'context_length_exceeded' });
    case 'model-unknown':
      return new ApiError(404, message, { param: 'model', code: 'model_not_found' });
    case 'busy':
    case 'core-retired':
    case 'no-gpu':
    case 'host-lost':
    case 'host-refused':
      return new ApiError(503, message, { code: code.replace('-', '_'), retryAfter: 5 });
    default:
      return new ApiError(500, message, { code: code.replace('-', '_') });
  }
}

/** Any thrown thing; what is no `ApiError` is told without its details. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What body-parser throws.
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (type === 'entity.too.large') return new ApiError(413, 'The request is longer than 4 MB.');
  if (type === 'entity.parse.failed') return new ApiError(400, 'The body is not JSON.');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return new ApiError(415, 'The body must be JSON in UTF-8.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ApiError(status, 'The request could not be read.');
  return new ApiError(500, 'Something went wrong in the server.');
}
