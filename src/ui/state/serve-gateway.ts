import { transfer, type Remote } from 'comlink';
import type { DataChannels } from '../../p2p/link/peerjs-link.ts';
import type { CoreApi } from '../../shared/core-api.ts';
import type { FromGateway, ToGateway } from '../../shared/gateway.ts';
import type { CoreConnection } from './core-connection.ts';

/**
 * Offers this tab to the core for data channels, which exist in pages only. If the core picks it, it holds them and is
 * only a pipe. PeerJS is loaded then and not before: merely loading it makes a connection object, and macOS asks its
 * person about that.
 */
export function serveGateway(core: CoreConnection): void {
  core.onOpen((remote) => {
    let end = offer(remote);
    // Going away it said goodbye; back from the browser's cache it is a tab like any other again.
    const onShow = ({ persisted }: PageTransitionEvent): void => {
      if (!persisted) return;
      end();
      end = offer(remote);
    };
    addEventListener('pageshow', onShow);
    return () => {
      removeEventListener('pageshow', onShow);
      end();
    };
  });
}

/** Offers this tab by a port of its own. Returns what takes the offer back. */
function offer(remote: Remote<CoreApi>): () => void {
  const { port1, port2 } = new MessageChannel();
  const post = (message: FromGateway, ports: Transferable[] = []): void => port1.postMessage(message, ports);
  let channels: Promise<DataChannels> | null = null;

  async function load(): Promise<DataChannels> {
    try {
      const { openDataChannels } = await import('../../p2p/link/peerjs-link.ts');
      return openDataChannels(post);
    } catch (error) {
      // The server may be away just now; the next start tries again.
      channels = null;
      throw error;
    }
  }
  function withChannels(work: (opened: DataChannels) => void, otherwise = (): void => {}): void {
    if (channels === null) otherwise();
    else void channels.then(work, otherwise);
  }

  port1.onmessage = ({ data }) => {
    const message = data as ToGateway;
    switch (message.type) {
      case 'ping':
        post({ type: 'pong' });
        break;
      case 'start':
        channels ??= load();
        withChannels((opened) => opened.start(message));
        break;
      case 'stop':
        withChannels((opened) => opened.stop());
        break;
      case 'dial':
        withChannels(
          (opened) => opened.dial(message),
          () =>
            post({
              type: 'failed',
              call: message.call,
              step: 'signalling',
              message: 'This tab could not load what a direct connection needs.',
            }),
        );
        break;
      case 'cancel':
        withChannels((opened) => opened.cancel(message.call));
        break;
      case 'admitted':
        withChannels((opened) => opened.admitted(message));
        break;
    }
  };

  const tellVisibility = (): void => {
    const isVisible = document.visibilityState === 'visible';
    post({ type: 'visibility', isVisible });
    if (isVisible) post({ type: 'wake' });
  };
  const wake = (): void => post({ type: 'wake' });
  const leave = (): void => {
    withChannels((opened) => opened.stop());
    post({ type: 'bye' });
  };
  document.addEventListener('visibilitychange', tellVisibility);
  addEventListener('online', wake);
  addEventListener('pagehide', leave);
  tellVisibility();
  void remote.offerGateway(transfer(port2, [port2])).catch(() => {});

  return () => {
    document.removeEventListener('visibilitychange', tellVisibility);
    removeEventListener('online', wake);
    removeEventListener('pagehide', leave);
    withChannels((opened) => opened.stop());
    port1.close();
  };
}
