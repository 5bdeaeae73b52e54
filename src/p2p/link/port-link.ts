import { assertFrameSize, type Fingerprints, type Link, type LinkHandlers } from './link.ts';

/*
 * A link over a MessagePort: the core has one end, the gateway tab pumps the other into its data channel. Both ends are
 * of one build. A port cannot be full, so each end counts what the other has not taken yet.
 */

type PortMessage =
  | { type: 'frame'; frame: Uint8Array }
  | { type: 'taken'; count: number }
  | { type: 'closed' };

/** Frames on their way before more are refused: 1 MiB at most. */
const WINDOW = 64;

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
  const early: Uint8Array[] = [];
  let handlers: LinkHandlers | null = null;
  let onTheWay = 0;
  let isFull = false;
  let isClosed = false;
  let isEnded = false;

  const post = (message: PortMessage): void => port.postMessage(message, []);
  const deliver = (frame: Uint8Array, to: LinkHandlers): void => {
    post({ type: 'taken', count: 1 });
    to.onFrame(frame);
  };

  port.onmessage = ({ data }) => {
    if (isClosed || isEnded) return;
    const message = data as PortMessage;
    switch (message.type) {
      case 'frame':
        if (handlers === null) early.push(message.frame);
        else deliver(message.frame, handlers);
        break;
      case 'taken':
        onTheWay -= message.count;
        if (isFull && onTheWay <= WINDOW / 2) {
          isFull = false;
          handlers?.onDrain();
        }
        break;
      case 'closed':
        lose();
        break;
    }
  };

  const lose = (): void => {
    if (isClosed || isEnded) return;
    isEnded = true;
    port.close();
    handlers?.onClosed();
  };

  return {
    fingerprints,
    listen(next) {
      handlers = next;
      for (const frame of early.splice(0)) deliver(frame, next);
      if (isEnded) next.onClosed();
    },
    send(frame) {
      assertFrameSize(frame);
      if (isClosed || isEnded) return false;
      if (onTheWay >= WINDOW) {
        isFull = true;
        return false;
      }
      onTheWay += 1;
      post({ type: 'frame', frame });
      return true;
    },
    close() {
      if (isClosed || isEnded) return;
      isClosed = true;
      post({ type: 'closed' });
      port.close();
    },
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
