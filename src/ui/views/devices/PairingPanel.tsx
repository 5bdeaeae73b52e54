import { createMemo, createSignal, For, Show } from 'solid-js';
import type { DevicesState } from '../../../shared/devices-state.ts';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { QrCode } from '../../parts/QrCode.tsx';
import { createNow } from '../../state/create-now.ts';
import { groupDigits, timeLeft } from '../../state/format-code.ts';

export interface PairingPanelProps {
  devices: DevicesState;
  onCancel: () => void;
}

/** What the other device needs to get in: a picture for its camera, a link, or eight digits. */
export function PairingPanel(props: PairingPanelProps) {
  const now = createNow();
  const [chosen, setChosen] = createSignal<string | null>(null);
  const addresses = () => {
    const { server } = props.devices;
    if (server.type === 'hearth') return server.addresses;
    // A copy without its server is found where this tab found it.
    return [new URL('./', location.href.replace(/#.*$/s, '')).href];
  };
  const address = () => chosen() ?? addresses()[0] ?? '';
  const pairing = () => props.devices.sharing.pairing;
  const link = createMemo(() => `${address()}${pairing()?.fragment ?? ''}`);

  return (
    // The button that was pressed is gone; without a place the focus would leave the dialog.
    <section
      class="pairing"
      aria-label="Add a device"
      tabIndex={-1}
      ref={(section) => queueMicrotask(() => section.focus())}
    >
      <Show
        when={address()}
        fallback={
          <p class="devices-warning">
            The network cannot reach this computer now. Start Hearth without “--host localhost”, and connect
            to your Wi-Fi.
          </p>
        }
      >
        <div class="pairing-picture">
          <QrCode text={link()} label="QR code of the pairing link" />
        </div>
        <div class="pairing-words">
          <p>Point the phone's camera at the code, or open this link on it:</p>
          <div class="pairing-link">
            <input
              type="text"
              readonly
              aria-label="Pairing link"
              value={link()}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={link()} />
          </div>
          <Show when={addresses().length > 1}>
            <label class="pairing-address">
              Address
              <select onChange={(event) => setChosen(event.currentTarget.value)}>
                <For each={addresses()}>{(each) => <option value={each}>{each}</option>}</For>
              </select>
            </label>
          </Show>
          <Show when={props.devices.server.type === 'hearth'}>
            <Show
              when={pairing()?.code}
              fallback={
                <p class="devices-warning">Three wrong codes were typed. Use the link, or begin again.</p>
              }
            >
              {(code) => (
                <p>
                  Or open <span class="address">{address()}</span> there and type{' '}
                  <output class="pairing-code" aria-label="Pairing code">
                    {groupDigits(code())}
                  </output>
                </p>
              )}
            </Show>
          </Show>
          <p class="pairing-rest">
            {/* Read once when one gets here, not with every second. */}
            <span aria-live="off">
              Good for one device, {timeLeft(pairing()?.expiresAt ?? 0, now())} left.
            </span>
            <button type="button" class="link-button" onClick={() => props.onCancel()}>
              Cancel
            </button>
          </p>
        </div>
      </Show>
    </section>
  );
}
