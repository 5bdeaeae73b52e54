import type { Link } from '../link/link.ts';
import type { Clock } from './clock.ts';
import { MAX_EARLY_FRAMES } from './limits.ts';

/** A link during its handshake: a few frames, each waited for. */
export interface LinkHand {
  /** Null when the link died, was late, or said too much; it is closed then. */
  next(): Promise<Uint8Array | null>;
  /** False when the link does not take it. */
  send(frame: Uint8Array): boolean;
  /**
   * Lets go of the open link: the caller must `listen` to it before anything else happens. Returns the frames that
   * came after those waited for, or null when the link is closed.
   */
  release(): Uint8Array[] | null;
  close(): void;
}

/** Closes the link unless it is released within `ms`. */
export function takeLink(link: Link, clock: Clock, ms: number): LinkHand {
  let waiting: ((frame: Uint8Array | null) => void) | null = null;
  /** The other end may be a step ahead while a step of ours waits for the store. */
  const early: Uint8Array[] = [];
  let isClosed = false;

  const answer = (frame: Uint8Array | null) => {
    const resolve = waiting;
    waiting = null;
    resolve?.(frame);
  };
  const end = () => {
    isClosed = true;
    stopTimer();
    answer(null);
  };
  const close = () => {
    if (isClosed) return;
    end();
    link.close();
  };
  const stopTimer = clock.after(ms, close);

  link.listen({
    onFrame(frame) {
      if (isClosed) return;
      if (waiting !== null) answer(frame);
      else if (early.length < MAX_EARLY_FRAMES) early.push(frame);
      else close();
    },
    onDrain() {},
    onClosed: end,
  });

  return {
    next() {
      const frame = early.shift();
      if (isClosed) return Promise.resolve(null);
      if (frame !== undefined) return Promise.resolve(frame);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    send: (frame) => !isClosed && link.send(frame),
    release() {
      if (isClosed) return null;
      isClosed = true;
      stopTimer();
      return early;
    },
    close,
  };
}
