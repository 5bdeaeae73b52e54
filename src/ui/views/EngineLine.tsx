import { createMemo, Show } from 'solid-js';
import { useApp } from '../state/app-state.ts';
import { createCommand, type Command } from '../state/create-command.ts';
import { engineLine } from '../state/engine-line.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { useCore } from '../state/use-core.ts';

/** What the engine does, in one line, with what a person can do about it. */
export function EngineLine(props: { onDevices: () => void }) {
  const app = useApp();
  const core = useCore();
  // Its own, since it lasts as long as the load that Cancel ends.
  const loading = createCommand();
  const command = createCommand();
  const line = createMemo(() => engineLine(app.engine(), core.tabId));
  const say = async (by: Command, action: () => Promise<void>) => {
    await by.run(action);
    const error = by.error();
    // A failure that is a state of the engine stands in the line.
    if (error && app.engine()?.status.type !== 'failed') app.notify({ text: error.message, undo: null });
  };
  const retry = () => {
    const model = app.engine()?.model;
    if (model) void say(loading, () => core.api.chooseModel(model.id));
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
          ref={passFocusOn}
          onClick={() => void say(command, () => core.api.cancelLoad())}
        >
          Cancel
        </button>
      </Show>
      <Show when={line().action === 'retry'}>
        <button type="button" class="link-button" ref={passFocusOn} onClick={retry}>
          Retry
        </button>
      </Show>
      <Show when={line().action === 'devices'}>
        <button type="button" class="link-button" ref={passFocusOn} onClick={() => props.onDevices()}>
          {app.engine()?.status.type === 'missing' ? 'Use another GPU' : 'Show'}
        </button>
      </Show>
      <Show when={line().action === 'stop-device'}>
        <button
          type="button"
          class="link-button"
          ref={passFocusOn}
          aria-label="Stop the other device"
          onClick={() => void say(command, () => core.api.stopSharing())}
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
