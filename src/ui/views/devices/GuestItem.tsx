import { createSignal, Show } from 'solid-js';
import type { DevicePolicy, GuestView } from '../../../shared/devices-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { createCommand } from '../../state/create-command.ts';
import { guestWords } from '../../state/guest-words.ts';
import { useCore } from '../../state/use-core.ts';

export interface GuestItemProps {
  guest: GuestView;
  now: number;
}

/** One device that may use this GPU, and what it may. */
export function GuestItem(props: GuestItemProps) {
  const core = useCore();
  const command = createCommand();
  const [isOpen, setOpen] = createSignal(false);
  const setPolicy = (change: Partial<DevicePolicy>) => {
    const id = props.guest.id;
    const policy = { ...props.guest.policy, ...change };
    void command.run(() => core.api.setPolicy(id, policy));
  };
  const rename = (name: string) => {
    const id = props.guest.id;
    void command.run(() => core.api.renameGuest(id, name));
  };
  const revoke = () => {
    const id = props.guest.id;
    void command.run(() => core.api.revoke(id));
  };
  const numberField = (label: string, field: 'maxTokens' | 'tokensPerHour' | 'waiting') => (
    <label class="guest-limit">
      {label}
      <input
        type="number"
        inputmode="numeric"
        min={field === 'waiting' ? 0 : 1}
        value={props.guest.policy[field]}
        onChange={(event) => setPolicy({ [field]: event.currentTarget.valueAsNumber })}
      />
    </label>
  );

  return (
    <li class="device" data-busy={props.guest.running > 0}>
      <div class="device-top">
        <div class="device-words">
          <bdi class="device-name">{props.guest.name || 'A new device'}</bdi>
          <span class="device-state">
            {[props.guest.platform, guestWords(props.guest, props.now)].filter(Boolean).join(' · ')}
          </span>
        </div>
        <button
          type="button"
          class="button"
          aria-expanded={isOpen()}
          aria-label={`Settings of ${props.guest.name}`}
          onClick={() => setOpen(!isOpen())}
        >
          Settings
        </button>
      </div>
      <Show when={isOpen()}>
        <div class="device-settings">
          <label class="guest-limit">
            Name
            <input
              type="text"
              maxlength="40"
              value={props.guest.name}
              onChange={(event) => rename(event.currentTarget.value)}
            />
          </label>
          {numberField('Tokens in one answer', 'maxTokens')}
          {numberField('Tokens in an hour', 'tokensPerHour')}
          {numberField('Requests that may wait', 'waiting')}
          <div class="device-buttons">
            <button
              type="button"
              class="button"
              onClick={() => setPolicy({ isPaused: !props.guest.policy.isPaused })}
            >
              {props.guest.policy.isPaused ? 'Resume this device' : 'Pause this device'}
            </button>
            <TwoStepButton
              label="Revoke"
              warning="It stops at once, and must be paired again."
              confirm={`Revoke ${props.guest.name}`}
              keep="Keep"
              onConfirm={revoke}
            />
          </div>
        </div>
      </Show>
      <CommandError command={command} class="devices-warning" />
    </li>
  );
}
