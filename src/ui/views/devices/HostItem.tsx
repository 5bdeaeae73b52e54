import { For, Show } from 'solid-js';
import type { HostView } from '../../../shared/devices-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { hostWords, stepsOf } from '../../state/connection-steps.ts';
import { createCommand } from '../../state/create-command.ts';
import { groupDigits } from '../../state/format-code.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useCore } from '../../state/use-core.ts';

const stateWords = { done: 'done', current: 'under way', failed: 'failed', ahead: 'not yet' } as const;

/** One device whose GPU this one uses: how it is, and the way to it while there is no connection. */
export function HostItem(props: { host: HostView }) {
  const core = useCore();
  const command = createCommand();
  // Its id is known before its person has said yes.
  const isBeingAdded = () => props.host.id === 'pairing' || props.host.step === 'approval';
  const forget = (id: HostView['id']) => void command.run(() => core.api.forgetHost(id));
  return (
    <li class="device">
      <div class="device-words">
        <bdi class="device-name">{props.host.name || 'The other device'}</bdi>
        <span class="device-state">{hostWords(props.host)}</span>
      </div>
      <Show when={props.host.step !== 'ready'}>
        <ol class="steps">
          <For each={stepsOf(props.host)}>
            {(step) => (
              <li data-state={step.state} aria-current={step.state === 'current' ? 'step' : undefined}>
                {step.label}
                <span class="visually-hidden">: {stateWords[step.state]}</span>
              </li>
            )}
          </For>
        </ol>
      </Show>
      {/* Always there: what comes into it is read aloud, and a region that comes with its words is not. */}
      <div role="status" class="device-news">
        <Show when={props.host.comparison}>
          {(digits) => (
            <p class="comparison">
              Allow this device on the computer. It shows the same number:
              <span class="comparison-digits">{groupDigits(digits())}</span>
            </p>
          )}
        </Show>
        <Show when={props.host.failure}>{(failure) => <p class="devices-warning">{failure()}</p>}</Show>
      </div>
      <CommandError command={command} class="devices-warning" />
      <div class="device-buttons">
        <Show when={props.host.failure !== null && !props.host.isOver}>
          <button
            type="button"
            class="button"
            ref={passFocusOn}
            onClick={() => void command.run(() => core.api.reconnect())}
          >
            Try again
          </button>
        </Show>
        <Show
          when={!isBeingAdded() && !props.host.isOver}
          fallback={
            <button type="button" class="button" ref={passFocusOn} onClick={() => forget(props.host.id)}>
              {isBeingAdded() ? 'Cancel' : 'Forget'}
            </button>
          }
        >
          <TwoStepButton
            label="Forget"
            warning="It must be paired again."
            confirm={`Forget ${props.host.name || 'the other device'}`}
            keep="Keep"
            onConfirm={() => forget(props.host.id)}
          />
        </Show>
      </div>
    </li>
  );
}
