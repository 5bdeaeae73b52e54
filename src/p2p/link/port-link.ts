import { makeInbox, MAX_UNHEARD_FRAMES } from './inbox.ts';
import { assertFrameSize, type Fingerprints, type Link } from './link.ts';

/*
 * A link over a MessagePort: the core has one end, the gateway tab pumps the other into its data channel. Both ends are
 * of one build. A port cannot be full, so each end counts what the other has not taken yet.
 */

type PortMessage =
  | { type: 'frame'; frame: Uint8Array }
  | { type: 'taken'; count: number }
  | { type: 'closed' };

/** Frames on their way before more are refused: 1 MiB at most. No more than an end keeps that nobody listens to yet. */
const WINDOW = MAX_UNHEARD_FRAMES;

/** The part of a MessagePort that a link needs. */
export interface FramePort {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface PortLink extends Link {
  /** Whoever held the other end is gone, which a port does not tell by itself. */
  lose(): void;
}

export function makePortLink(port: FramePort, fingerprints: Fingerprints): PortLink {
  const post = (message: PortMessage): void => port.postMessage(message, []);
  const inbox = makeInbox({
    shut() {
      post({ type: 'closed' });
      port.close();
    },
    onHanded: () => post({ type: 'taken', count: 1 }),
  });
  let onTheWay = 0;
  let isFull = false;

  const lose = (): void => {
    if (inbox.isOver) return;
    port.close();
    inbox.end();
  };

  port.onmessage = ({ data }) => {
    const message = data as PortMessage;
    switch (message.type) {
      case 'frame':
        inbox.arrive(message.frame);
        break;
      case 'taken':
        onTheWay -= message.count;
        if (isFull && onTheWay <= WINDOW / 2) {
          isFull = false;
          inbox.drained();
        }
        break;
      case 'closed':
        lose();
        break;
    }
  };

  return {
    fingerprints,
    listen: inbox.listen,
    send(frame) {
      assertFrameSize(frame);
      if (inbox.isOver) return false;
      if (onTheWay >= WINDOW) {
        isFull = true;
        return false;
      }
      onTheWay += 1;
      post({ type: 'frame', frame });
      return true;
    },
    close: inbox.close,
    lose,
  };
}

/** Pumps a port's frames into a link and back. Ends both when either ends. */
export function pumpPort(port: FramePort, link: Link): void {
  /** Taken from the port, not yet by the link; the core counts them as on their way, so there are never many. */
  const waiting: Uint8Array[] = [];
  const post = (message: PortMessage): void => port.postMessage(message, []);
  const flush = (): void => {
    let count = 0;
    while (waiting[0] !== undefined && link.send(waiting[0])) {
      waiting.shift();
      count += 1;
    }
    if (count > 0) post({ type: 'taken', count });
  };
  port.onmessage = ({ data }) => {
    const message = data as PortMessage;
    if (message.type === 'frame') {
      waiting.push(message.frame);
      flush();
    } else if (message.type === 'closed') {
      link.close();
      port.close();
    }
  };
  link.listen({
    // What a device may send at once is bounded by its session, not by its link.
    onFrame: (frame) => post({ type: 'frame', frame }),
    onDrain: flush,
    onClosed() {
      post({ type: 'closed' });
      port.close();
    },
  });
}
