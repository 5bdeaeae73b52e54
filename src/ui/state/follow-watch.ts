import type { TopicName } from '../../shared/topics.ts';
import type { FromTab, ToTab } from '../../shared/watch.ts';
import type { WatchHandlers } from './core-connection.ts';

/** A hidden tab takes what happened in slices this long: nobody sees it, and the GPU's work goes on. */
const hiddenMs = 500;
/** After this long a watch that the core could not begin is asked for again. */
const againMs = 2000;
/** Frames do not come in a tab that the browser has stopped painting. */
const slowestFrameMs = 100;

/** Runs after the next frame is painted, or soon when there are no frames. */
function afterFrame(callback: () => void): void {
  if (document.hidden) {
    setTimeout(callback, hiddenMs);
    return;
  }
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    callback();
  };
  const timer = setTimeout(once, slowestFrameMs);
  requestAnimationFrame(once);
}

/** The tab's end of a watch (see `shared/watch.ts`). Acknowledging once per frame makes views render once per frame. */
function followWatch<N extends TopicName>(port: MessagePort, handlers: WatchHandlers<N>): () => void {
  let expected = 1;
  const post = (message: FromTab): void => port.postMessage(message);

  function resync(): void {
    post({ type: 'resync' });
  }

  port.onmessage = ({ data }) => {
    const message = data as ToTab<N>;
    if (message.type === 'snapshot') {
      handlers.onSnapshot(message.state);
    } else {
      if (message.number !== expected) return resync();
      try {
        handlers.onEvents(message.events);
      } catch {
        return resync();
      }
    }
    expected = message.number + 1;
    afterFrame(() => post({ type: 'ack', number: message.number }));
  };

  return () => {
    post({ type: 'close' });
    port.close();
  };
}

/** Follows a watch that `ask` begins at the core, and asks again for as long as that fails: a disk may answer the next time. */
export function keepWatching<N extends TopicName>(
  ask: (port: MessagePort) => Promise<void>,
  handlers: WatchHandlers<N>,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let unfollow = (): void => {};
  function begin(): void {
    const { port1, port2 } = new MessageChannel();
    unfollow = followWatch(port1, handlers);
    ask(port2).catch(() => {
      unfollow();
      if (!isOver) timer = setTimeout(begin, againMs);
    });
  }
  begin();
  return () => {
    isOver = true;
    clearTimeout(timer);
    unfollow();
  };
}
