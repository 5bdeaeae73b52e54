import { createEffect, createMemo, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { DevicesState, PairingRequest } from '../../shared/devices-state.ts';
import { newId, type PairingId } from '../../shared/ids.ts';
import { newChatAddress } from './parse-route.ts';

export interface PairingOptions {
  devices: Accessor<DevicesState | null>;
  pair(offer: PairingRequest): Promise<void>;
  /** A link was opened: the person is to be asked. */
  onOffered(): void;
  onReady(hostName: string): void;
  onFailed(error: unknown): void;
}

export interface Pairing {
  /** Whether a link waits for the person's word. */
  readonly isOffered: Accessor<boolean>;
  accept(): void;
  decline(): void;
}

const isOffer = (hash: string): boolean => hash.startsWith('#p=');

/** Takes a pairing link out of the address, where its secret would stay in the history, and acts on it once it is allowed. */
export function createPairing(options: PairingOptions): Pairing {
  const [offered, setOffered] = createSignal<string | null>(null);
  /** The pairing from a link that is under way. Other hosts come and go meanwhile, and are not meant. */
  const [id, setId] = createSignal<PairingId | null>(null);
  const host = createMemo(() => {
    const wanted = id();
    return wanted === null
      ? undefined
      : options.devices()?.hosts.find(({ pairingId }) => pairingId === wanted);
  });

  const take = () => {
    if (!isOffer(location.hash)) return;
    setOffered(location.hash);
    history.replaceState(null, '', newChatAddress);
    options.onOffered();
  };
  addEventListener('hashchange', take);
  onCleanup(() => removeEventListener('hashchange', take));
  take();

  createEffect(
    on(
      () => host()?.step === 'ready',
      (isReady) => {
        const name = host()?.name;
        if (!isReady || name === undefined) return;
        setId(null);
        options.onReady(name);
      },
    ),
  );

  return {
    isOffered: () => offered() !== null,
    accept() {
      const fragment = offered();
      if (fragment === null) return;
      setOffered(null);
      const begun = newId<PairingId>();
      setId(begun);
      options.pair({ fragment, id: begun }).catch((error: unknown) => {
        // A later link may have taken its place.
        if (id() === begun) setId(null);
        options.onFailed(error);
      });
    },
    decline: () => setOffered(null),
  };
}
