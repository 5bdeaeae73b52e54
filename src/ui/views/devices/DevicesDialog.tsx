import { Show } from 'solid-js';
import { DialogFrame } from '../../parts/DialogFrame.tsx';
import { useApp } from '../../state/app-state.ts';
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
    <DialogFrame title="Devices" class="devices" isOpen={props.isOpen} onClose={() => props.onClose()}>
      <div class="dialog-body">
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
    </DialogFrame>
  );
}
