import { Dialog } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import { Show } from 'solid-js';
import { useApp } from '../../state/app-state.ts';
import '../../styles/dialog.css';
import '../../styles/devices.css';
import { BorrowPart } from './BorrowPart.tsx';
import { SharePart } from './SharePart.tsx';

export interface DevicesDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** The other devices of the house: those that use this GPU, and those whose GPU this one uses. */
export function DevicesDialog(props: DevicesDialogProps) {
  const app = useApp();
  /** First what this device can do. */
  const borrowsFirst = () => {
    const devices = app.devices();
    return devices !== null && (devices.sharing.obstacle !== null || devices.hosts.length > 0);
  };
  return (
    <Dialog open={props.isOpen} onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Dialog.Content class="dialog devices">
            <div class="dialog-top">
              <Dialog.Title class="dialog-title">Devices</Dialog.Title>
              <Dialog.CloseButton class="icon-button" aria-label="Close">
                <X />
              </Dialog.CloseButton>
            </div>
            <div class="devices-body">
              <Show when={app.devices()} fallback={<p class="dialog-empty">Opening</p>}>
                {(devices) => (
                  <Show
                    when={borrowsFirst()}
                    fallback={
                      <>
                        <SharePart devices={devices()} />
                        <BorrowPart devices={devices()} />
                      </>
                    }
                  >
                    <BorrowPart devices={devices()} />
                    <SharePart devices={devices()} />
                  </Show>
                )}
              </Show>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
