import { createSignal, For, Show } from 'solid-js';
import type { DevicesState } from '../../../shared/devices-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { Switch } from '../../parts/Switch.tsx';
import { createCommand } from '../../state/create-command.ts';
import { useCore } from '../../state/use-core.ts';
import { HostItem } from './HostItem.tsx';

/** Another device's GPU for this one. */
export function BorrowPart(props: { devices: DevicesState }) {
  const core = useCore();
  const command = createCommand();
  const [code, setCode] = createSignal('');
  const connect = async () => {
    const typed = code();
    if (await command.run(() => core.api.pair({ code: typed }))) setCode('');
  };
  const signalling = (text: string) =>
    void command.run(() => core.api.setSignallingUrl(text.trim() === '' ? null : text.trim()));

  return (
    <section class="dialog-part" aria-labelledby="devices-borrow">
      <h3 id="devices-borrow">Use another GPU</h3>
      <Show when={props.devices.hosts.length > 0}>
        <ul class="devices-list" aria-label="Devices whose GPU this one uses">
          <For each={props.devices.hosts}>{(host) => <HostItem host={host} />}</For>
        </ul>
      </Show>
      <Show when={props.devices.server.type !== 'none'}>
        <form
          class="code-form"
          onSubmit={(event) => {
            event.preventDefault();
            void connect();
          }}
        >
          <p class="dialog-hint">
            On the computer with the GPU, open Hearth, press “Devices” and “Add a device”. Scan its QR code
            with this device's camera, or type its code:
          </p>
          <div class="code-row">
            <input
              type="text"
              aria-label="Code from the other device"
              inputmode="numeric"
              autocomplete="one-time-code"
              maxlength="12"
              placeholder="1234 5678"
              value={code()}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
            <button type="submit" class="button button-primary" aria-disabled={command.pending()}>
              Connect
            </button>
          </div>
        </form>
      </Show>
      <CommandError command={command} class="devices-warning" />
      <label class="guest-limit">
        This device's name, as others see it
        <input
          type="text"
          maxlength="40"
          value={props.devices.name}
          onChange={(event) => void command.run(() => core.api.setDeviceName(event.currentTarget.value))}
        />
      </label>
      <Show when={props.devices.server.type === 'hearth'}>
        <Switch
          label="Use relay only"
          hint="Never connect directly, always through the server. Slower, and works where direct connections are blocked."
          isOn={props.devices.isRelayOnly}
          onChange={(isOn) => command.run(() => core.api.setRelayOnly(isOn))}
        />
      </Show>
      <Show when={props.devices.server.type === 'none'}>
        <label class="guest-limit">
          Signalling server
          <input
            type="url"
            placeholder="https://… (none)"
            value={props.devices.signallingUrl ?? ''}
            onChange={(event) => signalling(event.currentTarget.value)}
          />
          <span class="dialog-hint">
            This copy of Hearth came without its own server. A PeerJS server can help two devices find each
            other: one of yours, or the public one, https://0.peerjs.com. It sees that they talk, when, and
            from which addresses; never a word of what they say. Empty means none.
          </span>
        </label>
      </Show>
    </section>
  );
}
