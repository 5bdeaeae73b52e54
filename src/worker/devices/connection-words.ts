import type { DoorFault } from '../../p2p/session/guest-door.ts';
import type { GuestState, HostReference } from '../../p2p/session/guest.ts';
import { AppError, asAppError, assertNever } from '../../shared/errors.ts';
import type { ConnectionStep, HostView } from '../../shared/devices-state.ts';
import { hostObstacleWords } from './sharing-obstacle.ts';

/** Where a connection stands still, and in words what to do about it. */
export interface Failure {
  step: ConnectionStep;
  message: string;
  /** Trying again cannot help. */
  isOver: boolean;
}

/** The WebSocket's own code for a connection that never was. */
const noServer = 1006;
const nobodyThere = 4404;

/** Why no link came about by the relay. */
export function relayFailure(error: unknown, isPairing: boolean): Failure {
  const cause = error instanceof AppError ? error.cause : null;
  if (cause === noServer) {
    return {
      step: 'signalling',
      message: 'The computer cannot be reached. Is it on, awake, in the same network, and Hearth running?',
      isOver: false,
    };
  }
  if (cause === nobodyThere) {
    return {
      step: 'link',
      message: isPairing
        ? 'No device is waiting there. Press “Add a device” on the computer once more.'
        : 'Hearth is not open in the computer’s browser. Open it there; this goes on by itself.',
      isOver: false,
    };
  }
  const message = error instanceof AppError ? error.message : 'The connection failed.';
  return { step: 'link', message, isOver: false };
}

/** Why a data channel did not come about. A cause of `signalling`: the two could not even be introduced. */
export function directFailure(error: unknown): Failure {
  const { message, cause } = asAppError(error, 'link-failed', 'The connection failed.');
  return { step: cause === 'signalling' ? 'signalling' : 'link', message, isOver: false };
}

/** The person wants the relay, and there is none. */
export const noRelay: Failure = {
  step: 'signalling',
  message:
    '“Use relay only” is on, but this copy of Hearth has no relay. Turn it off, or open Hearth from the computer.',
  isOver: false,
};

/** Nothing is known by which the computer could be found or convinced without its server. */
export const needsServer = (): AppError =>
  new AppError(
    'link-failed',
    'A code works only beside the computer’s own server. Open Hearth from the computer, or use the link it shows.',
    { cause: 'signalling' },
  );

/** Why a link did not become a session, of a host that was known in this way. */
export function handshakeFailure(fault: DoorFault, by: HostReference['type']): Failure {
  /** This device was about to be let in for the first time. */
  const isPairing = by !== 'known';
  const at = (message: string, isOver = false): Failure => ({ step: 'handshake', message, isOver });
  switch (fault) {
    case 'lost':
      // A code is good for one attempt, and this one may have been it.
      return by === 'code'
        ? at('The connection broke off. Type the code that the computer shows now.', true)
        : at('The connection broke off. It is tried again by itself.');
    case 'busy':
      return at('The computer is busy with other devices. It is tried again by itself.');
    case 'version':
      return at('This device and the computer run different versions of Hearth. Reload both.');
    case 'no-pairing':
      return at('This code was used already, or is too old. Ask for a new one on the computer.', true);
    case 'unknown-device':
      return at(
        isPairing
          ? 'This code was used already, or is too old. Ask for a new one on the computer.'
          : 'The computer does not know this device any more. Pair the two again.',
        // A refusal proves nothing: whoever carries the bytes can send one.
        isPairing,
      );
    case 'store':
      return at('This device could not save the pairing. Free some space on it, then try again.', isPairing);
    case 'wrong-host':
      return at(
        'Another device answered in the computer’s place. It was refused; pair only with a computer you trust.',
        isPairing,
      );
    case 'malformed':
    case 'failed':
    case 'not-authentic':
    case 'reflected':
    case 'weak-key':
      return at(
        isPairing
          ? 'The code is wrong, or somebody is interfering. Ask for a new one on the computer.'
          : 'The computer could not prove that it is the one this device was paired with. Somebody may be interfering.',
        isPairing,
      );
    default:
      return assertNever(fault);
  }
}

const endWords = {
  denied: 'The computer’s person did not allow it.',
  revoked: 'The computer’s person has ended the pairing. Pair the two again to go on.',
  closed: 'The connection was closed.',
} as const;

/** The session as the person sees it. `stage`: where the way to one stands while there is none. */
export function standing(
  state: GuestState,
  failure: Failure | null,
  stage: ConnectionStep,
): Pick<HostView, 'step' | 'failure'> {
  if (failure !== null) return { step: failure.step, failure: failure.message };
  switch (state.step) {
    case 'away':
      return { step: stage, failure: null };
    case 'handshake':
    case 'approval':
      return { step: state.step, failure: null };
    case 'ended':
      return { step: 'approval', failure: endWords[state.reason] };
    case 'ready':
      if (state.status.isPaused) {
        return { step: 'engine', failure: 'Its person has paused sharing. It goes on when they resume it.' };
      }
      if (state.status.obstacle !== undefined) {
        return { step: 'engine', failure: hostObstacleWords(state.status.obstacle) };
      }
      return { step: state.status.model === null ? 'engine' : 'ready', failure: null };
    default:
      return assertNever(state);
  }
}
