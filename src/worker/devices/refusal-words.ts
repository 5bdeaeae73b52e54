import type { GuestEvent } from '../../p2p/session/guest-request.ts';
import { AppError, assertNever } from '../../shared/errors.ts';

export type Refused = Extract<GuestEvent, { type: 'refused' }>;

/** Why a host does not answer a request, and what to do. */
export function refusal({ reason, retryAfter }: Refused, host: string): AppError {
  const minutes = retryAfter === null ? null : Math.max(1, Math.ceil(retryAfter / 60));
  switch (reason) {
    case 'paused':
      return new AppError(
        'host-refused',
        `${host} has paused sharing. Try again when its person resumes it.`,
      );
    case 'device-full':
      return new AppError(
        'host-refused',
        `This device already has as many requests at ${host} as it may have.`,
      );
    case 'host-full':
      return new AppError('host-refused', `${host} has too many requests waiting. Try again in a moment.`);
    case 'hourly-limit':
      return new AppError(
        'host-refused',
        `This device has used up what ${host} allows it in an hour${minutes === null ? '' : `. Try again in ${minutes} min`}.`,
      );
    case 'prompt-too-long':
      return new AppError(
        'host-refused',
        `This conversation is longer than ${host} allows. Start a new chat.`,
      );
    case 'not-approved':
      return new AppError('host-refused', `${host} has not allowed this device yet.`);
    case 'bad-request':
      return new AppError('host-refused', `${host} could not read this request. Reload both devices.`);
    case 'unknown-request':
      return new AppError('host-lost', `${host} was restarted. The answer goes on from here.`);
    default:
      return assertNever(reason);
  }
}
