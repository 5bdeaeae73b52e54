import * as v from 'valibot';
import { doorRequest, maxDoorMessage, type DoorRequest } from '../../shared/door.ts';
import { ApiError } from './api-error.ts';

/** Characters of the message to the core around a request, at most. */
const frame = 1_000;

/**
 * Throws an `ApiError` for what the core could not read. It would hang up, and everybody else's answer would end with
 * the connection.
 */
export function checkForCore(body: DoorRequest): void {
  const parsed = v.safeParse(doorRequest, body, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    // Written anew, a schema may be longer than it came: `1e20` has 21 digits.
    if (issue.path?.at(-1)?.key === 'jsonSchema')
      throw new ApiError(400, 'response_format: The schema is too long.', { param: 'response_format' });
    throw new ApiError(400, `No engine could read the request: ${issue.message}`);
  }
  // Escaped for the message, a text may be twice as long.
  if (JSON.stringify(body).length > maxDoorMessage - frame)
    throw new ApiError(400, 'The request is too long for an engine to read.');
}
