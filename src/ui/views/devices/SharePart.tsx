import { createEffect, For, on, Show } from 'solid-js';
import type { DevicesState } from '../../../shared/devices-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { createCommand } from '../../state/create-command.ts';
import { createNow } from '../../state/create-now.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useCore } from '../../state/use-core.ts';
import { GuestItem } from './GuestItem.tsx';
import { PairingPanel } from './PairingPanel.tsx';

/** This device's GPU for others: who may use it, and the word of its person over all of it. */
export function SharePart(props: { devices: DevicesState }) {
  const core = useCore();
  const command = createCommand();
  const now = createNow();
  let add: HTMLButtonElement | undefined;
  const sharing = () => props.devices.sharing;
  const isServing = () => sharing().guests.some(({ running, waiting }) => running + waiting > 0);
  const run = (action: () => Promise<void>) => void command.run(action);
  const pause = (isPaused: boolean) => run(() => core.api.pauseSharing(isPaused));
  // A pairing that ends takes its buttons along; the focus goes where it came from, unless it is elsewhere by now.
  createEffect(
    on(
      () => sharing().pairing !== null,
      (isOpen, wasOpen) => {
        if (wasOpen === true && !isOpen && document.activeElement === document.body) add?.focus();
      },
    ),
  );

  return (
    <section class="dialog-part" aria-labelledby="devices-share">
      <h3 id="devices-share">Share this GPU</h3>
      <Show when={sharing().obstacle}>{(obstacle) => <p class="dialog-hint">{obstacle()}</p>}</Show>
      <Show when={sharing().warning}>
        {(warning) => (
          <p class="devices-warning">
            {warning()}{' '}
            <button
              type="button"
              class="link-button"
              ref={passFocusOn}
              onClick={() => run(() => core.api.dismissWarning())}
            >
              Dismiss
            </button>
          </p>
        )}
      </Show>
      <Show when={sharing().obstacle === null}>
        <Show
          when={sharing().pairing}
          fallback={
            <>
              <p class="dialog-hint">
                A phone or another computer of your network chats with the model that runs here. This computer
                can read what it computes for other devices; nobody in between can.
              </p>
              <button
                type="button"
                class="button button-primary"
                ref={(button) => (add = button)}
                onClick={() => run(() => core.api.openPairing())}
              >
                Add a device
              </button>
            </>
          }
        >
          <PairingPanel devices={props.devices} onCancel={() => run(() => core.api.closePairing())} />
        </Show>
      </Show>
      <CommandError command={command} class="devices-warning" />
      <Show when={sharing().guests.length > 0}>
        <ul class="devices-list" aria-label="Devices that may use this GPU">
          <For each={sharing().guests}>{(guest) => <GuestItem guest={guest} now={now()} />}</For>
        </ul>
        <div class="device-buttons">
          <Show when={isServing()}>
            <button
              type="button"
              class="button danger"
              ref={passFocusOn}
              onClick={() => run(() => core.api.stopSharing())}
            >
              Stop now
            </button>
          </Show>
          <button type="button" class="button" onClick={() => pause(!sharing().isPaused)}>
            {sharing().isPaused ? 'Resume sharing' : 'Pause sharing'}
          </button>
          <TwoStepButton
            label="Revoke all"
            confirm="Revoke every device"
            keep="Keep them"
            onConfirm={() => run(() => core.api.revokeAll())}
          />
        </div>
      </Show>
    </section>
  );
}
