import type { Link, LinkHandlers } from './link.ts';

/** Frames kept for a listener to come: nobody honest says so much before they are heard. */
export const MAX_UNHEARD_FRAMES = 64;

/** The receiving half of a link, the same whatever carries it. */
export interface Inbox extends Pick<Link, 'listen' | 'close'> {
  arrive(frame: Uint8Array): void;
  drained(): void;
  /** The link is gone, by no doing of this end: whoever listens is told, once. After `close` nobody is. */
  end(): void;
  /** Ended or closed. */
  readonly isOver: boolean;
}

export interface InboxOptions {
  /** Closes what carries the link. Called once. */
  shut(): void;
  /** A frame is handed to whoever listens. */
  onHanded?(): void;
}

export function makeInbox({ shut, onHanded }: InboxOptions): Inbox {
  const unheard: Uint8Array[] = [];
  let handlers: LinkHandlers | null = null;
  let state: 'open' | 'ended' | 'told' | 'closed' = 'open';

  /** Asks for the handlers anew each time: a frame may be what makes its listener hand over to another. */
  const handOut = (): void => {
    while (handlers !== null && state !== 'closed') {
      const frame = unheard.shift();
      if (frame === undefined) break;
      onHanded?.();
      handlers.onFrame(frame);
    }
    if (handlers === null || state !== 'ended') return;
    state = 'told';
    handlers.onClosed();
  };

  const end = (): void => {
    if (state !== 'open') return;
    state = 'ended';
    handOut();
  };

  return {
    end,
    listen(next) {
      handlers = next;
      handOut();
    },
    arrive(frame) {
      if (state !== 'open') return;
      if (unheard.length === MAX_UNHEARD_FRAMES) {
        shut();
        return end();
      }
      unheard.push(frame);
      handOut();
    },
    drained() {
      if (state === 'open') handlers?.onDrain();
    },
    close() {
      const wasOpen = state === 'open';
      if (state !== 'told') state = 'closed';
      if (wasOpen) shut();
    },
    get isOver() {
      return state !== 'open';
    },
  };
}
