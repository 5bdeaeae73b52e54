import { makeInbox, type Inbox } from './inbox.ts';
import type { Fingerprints, Link } from './link.ts';
import { assertFrameSize, relayFingerprints } from './link.ts';

export type Direction = 'a-to-b' | 'b-to-a';

export interface SentFrame {
  direction: Direction;
  frame: Uint8Array;
}

export interface MemoryLinkOptions {
  fingerprints?: { a: Fingerprints; b: Fingerprints };
  /** Calls back when a frame may be delivered: a clock's timer for delay. By default the next microtask. */
  later?(deliver: () => void): void;
  /** Frames on their way in one direction before `send` refuses. */
  capacity?: number;
  /** Stands between the ends: what it returns arrives instead of the frame. */
  between?(frame: Uint8Array, direction: Direction): Uint8Array[];
  /** The link dies instead of carrying the frame after this many, both directions together. */
  diesAfter?: number;
}

export interface MemoryWire {
  a: Link;
  b: Link;
  /** Every frame that either end sent, in order. */
  readonly recorded: SentFrame[];
  /** The link dies: both ends are told, what was on its way is lost. */
  cut(): void;
  /** Frames stay on their way until `release`, as when one end sleeps. */
  hold(): void;
  release(): void;
}

interface End {
  link: Link;
  inbox: Inbox;
}

/** Two ends of a link within one process, with the failures of a real one at the call of a method. */
export function makeMemoryLink(options: MemoryLinkOptions = {}): MemoryWire {
  const later = options.later ?? ((deliver) => queueMicrotask(deliver));
  const capacity = options.capacity ?? 1024;
  const recorded: SentFrame[] = [];
  const onTheWay: Record<Direction, Uint8Array[]> = { 'a-to-b': [], 'b-to-a': [] };
  const refused = new Set<Direction>();
  let isHeld = false;
  let isDead = false;

  const cut = () => {
    if (isDead) return;
    isDead = true;
    onTheWay['a-to-b'] = [];
    onTheWay['b-to-a'] = [];
    a.inbox.end();
    b.inbox.end();
  };

  const deliverNext = (direction: Direction) => {
    if (isHeld || isDead) return;
    const frame = onTheWay[direction].shift();
    if (frame === undefined) return;
    const [from, to] = direction === 'a-to-b' ? [a, b] : [b, a];
    for (const arriving of options.between?.(frame, direction) ?? [frame]) to.inbox.arrive(arriving);
    if (refused.delete(direction)) from.inbox.drained();
  };

  const send = (direction: Direction, frame: Uint8Array): boolean => {
    assertFrameSize(frame);
    if (isDead) return false;
    if (onTheWay[direction].length >= capacity) {
      refused.add(direction);
      return false;
    }
    recorded.push({ direction, frame: frame.slice() });
    if (options.diesAfter !== undefined && recorded.length > options.diesAfter) {
      // Not from within `send`: a real link's end is an event of its own.
      queueMicrotask(cut);
      return true;
    }
    onTheWay[direction].push(frame.slice());
    later(() => deliverNext(direction));
    return true;
  };

  const makeEnd = (direction: Direction, fingerprints: Fingerprints): End => {
    // What was sent before still arrives, and then the other end learns of it.
    const inbox = makeInbox({ shut: () => later(() => cut()) });
    return {
      inbox,
      link: {
        fingerprints,
        listen: inbox.listen,
        send: (frame) => !inbox.isOver && send(direction, frame),
        close: inbox.close,
      },
    };
  };

  const a = makeEnd('a-to-b', options.fingerprints?.a ?? relayFingerprints());
  const b = makeEnd('b-to-a', options.fingerprints?.b ?? relayFingerprints());

  return {
    a: a.link,
    b: b.link,
    recorded,
    cut,
    hold: () => {
      isHeld = true;
    },
    release() {
      isHeld = false;
      for (const direction of ['a-to-b', 'b-to-a'] as const) {
        for (let left = onTheWay[direction].length; left > 0; left -= 1) later(() => deliverNext(direction));
      }
    },
  };
}
