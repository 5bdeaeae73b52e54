import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { DevicesState } from '../../shared/devices-state.ts';
import { newChatAddress } from './parse-route.ts';

export interface PairingOptions {
  devices: Accessor<DevicesState | null>;
  pair(offer: { fragment: string }): Promise<void>;
  /** The link was taken up: the person wants to see how it goes. */
  onBegun(): void;
  onReady(hostName: string): void;
  onFailed(error: unknown): void;
}

const isOffer = (hash: string): boolean => hash.startsWith('#p=');

/** Takes a pairing link out of the address, where its secret would stay in the history, and acts on it once. */
export function createPairing(options: PairingOptions): void {
  /** Hosts that were ready before; null while no pairing from a link is under way. */
  const [readyBefore, setReadyBefore] = createSignal<ReadonlySet<string> | null>(null);
  const ready = () => (options.devices()?.hosts ?? []).filter(({ step }) => step === 'ready');

  const take = () => {
    const fragment = location.hash;
    if (!isOffer(fragment)) return;
    history.replaceState(null, '', newChatAddress);
    setReadyBefore(new Set(ready().map(({ id }) => id)));
    options.onBegun();
    options.pair({ fragment }).catch((error: unknown) => {
      setReadyBefore(null);
      options.onFailed(error);
    });
  };
  addEventListener('hashchange', take);
  onCleanup(() => removeEventListener('hashchange', take));
  take();

  createEffect(
    on(ready, (hosts) => {
      const before = readyBefore();
      const host = before && hosts.find(({ id }) => !before.has(id));
      if (!host) return;
      setReadyBefore(null);
      options.onReady(host.name);
    }),
  );
}
