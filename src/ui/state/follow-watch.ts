import type { TopicName } from '../../shared/topics.ts';
import type { FromTab, ToTab } from '../../shared/watch.ts';
import type { WatchHandlers } from './core-connection.ts';

/** A hidden tab takes what happened in slices this long: nobody sees it, and the GPU's work goes on. */
const hiddenMs = 500;
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
export function followWatch<N extends TopicName>(port: MessagePort, handlers: WatchHandlers<N>): () => void {
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
