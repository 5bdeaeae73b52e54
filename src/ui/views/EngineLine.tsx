import { createMemo, Show } from 'solid-js';
import { useApp } from '../state/app-state.ts';
import { createCommand } from '../state/create-command.ts';
import { engineLine } from '../state/engine-line.ts';
import { useCore } from '../state/use-core.ts';

/** What the engine does, in one line, with what a person can do about it. */
export function EngineLine(props: { onDevices: () => void }) {
  const app = useApp();
  const core = useCore();
  // Its failures are states of the engine, and this line shows those.
  const command = createCommand();
  const line = createMemo(() => engineLine(app.engine(), core.tabId));
  const retry = () => {
    const model = app.engine()?.model;
    if (model) void command.run(() => core.api.chooseModel(model.id));
  };
  return (
    <div class="engine" data-tone={line().tone}>
      {/* Silent: milestones are announced elsewhere, at the pace of sentences. */}
      <div
        class="engine-status"
        role="status"
        aria-label="Engine"
        aria-live="off"
        data-devices-opened={app.engine()?.devicesOpened}
      >
        <span class="engine-dot" aria-hidden="true" />
        <span class="engine-text">{line().text}</span>
      </div>
      <Show when={line().action === 'cancel'}>
        <button
          type="button"
          class="link-button"
          onClick={() => void command.run(() => core.api.cancelLoad())}
        >
          Cancel
        </button>
      </Show>
      <Show when={line().action === 'retry'}>
        <button type="button" class="link-button" onClick={retry}>
          Retry
        </button>
      </Show>
      <Show when={line().action === 'devices'}>
        <button type="button" class="link-button" onClick={() => props.onDevices()}>
          {app.engine()?.status.type === 'missing' ? 'Use another GPU' : 'Show'}
        </button>
      </Show>
      <Show when={line().action === 'stop-device'}>
        <button
          type="button"
          class="link-button"
          aria-label="Stop the other device"
          onClick={() => void command.run(() => core.api.stopSharing())}
        >
          Stop
        </button>
      </Show>
      <Show when={line().progress !== null}>
        <progress
          class="engine-progress"
          aria-label="Loading the model"
          max="1"
          value={line().progress ?? 0}
        />
      </Show>
    </div>
  );
}
