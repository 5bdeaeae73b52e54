import { transfer } from 'comlink';
import type { FromGateway, ToGateway } from '../../shared/gateway.ts';
import type { CoreConnection } from './core-connection.ts';
import type { DataChannels } from '../../p2p/link/peerjs-link.ts';

/**
 * Offers this tab to the core for data channels, which exist in pages only. If the core picks it, it holds them and is
 * only a pipe. PeerJS is loaded then and not before: merely loading it makes a connection object, and macOS asks its
 * person about that.
 */
export function serveGateway(core: CoreConnection): void {
  core.onOpen((remote) => {
    const { port1, port2 } = new MessageChannel();
    const post = (message: FromGateway, ports: Transferable[] = []): void =>
      port1.postMessage(message, ports);
    let channels: Promise<DataChannels> | null = null;
    const load = async (): Promise<DataChannels> => {
      const { openDataChannels } = await import('../../p2p/link/peerjs-link.ts');
      return openDataChannels(post);
    };
    const withChannels = (work: (opened: DataChannels) => void): void => {
      void channels?.then(work, () => {});
    };

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
          withChannels((opened) => opened.dial(message));
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
  });
}
