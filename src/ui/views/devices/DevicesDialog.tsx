import { createEffect, onMount, Show } from 'solid-js';
import type { DevicesState } from '../../../shared/devices-state.ts';
import { DialogFrame } from '../../parts/DialogFrame.tsx';
import { useApp } from '../../state/app-state.ts';
import '../../styles/devices.css';
import type { Pairing } from '../../state/create-pairing.ts';
import { BorrowPart } from './BorrowPart.tsx';
import { Invitation } from './Invitation.tsx';
import { SharePart } from './SharePart.tsx';

export interface DevicesDialogProps {
  isOpen: boolean;
  pairing: Pairing;
  onClose: () => void;
}

/** Both directions; first what this device can do. The first pairing changes that, and neither part is made anew by it. */
function Directions(props: { devices: DevicesState }) {
  const borrowsFirst = () => props.devices.sharing.obstacle !== null || props.devices.hosts.length > 0;
  let parts: HTMLDivElement | undefined;
  let share: Element | null = null;
  onMount(() => (share = parts?.firstElementChild ?? null));
  createEffect(() => {
    const isLast = borrowsFirst();
    if (!parts || !share || (isLast ? parts.lastElementChild : parts.firstElementChild) === share) return;
    // Only this one moves: an element that is moved loses the focus, and people connect in the other.
    const focused = document.activeElement;
    if (isLast) parts.append(share);
    else parts.prepend(share);
    if (focused instanceof HTMLElement && share.contains(focused)) focused.focus({ preventScroll: true });
  });
  return (
    <div ref={(element) => (parts = element)}>
      <SharePart devices={props.devices} />
      <BorrowPart devices={props.devices} />
    </div>
  );
}

/** The other devices of the house: those that use this GPU, and those whose GPU this one uses. */
export function DevicesDialog(props: DevicesDialogProps) {
  const app = useApp();
  const close = () => {
    props.pairing.decline();
    props.onClose();
  };
  return (
    <DialogFrame title="Devices" class="devices" isOpen={props.isOpen} onClose={close}>
      <div class="dialog-body">
        <Show
          when={!props.pairing.isOffered()}
          fallback={<Invitation onAccept={() => props.pairing.accept()} onDecline={close} />}
        >
          <Show when={app.devices()} fallback={<p class="dialog-empty">Opening</p>}>
            {(devices) => <Directions devices={devices()} />}
          </Show>
        </Show>
      </div>
    </DialogFrame>
  );
}
