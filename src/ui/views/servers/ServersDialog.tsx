import { createSignal, For, Show } from 'solid-js';
import type { ServerInput } from '../../../shared/servers-state.ts';
import { DialogFrame } from '../../parts/DialogFrame.tsx';
import { useApp } from '../../state/app-state.ts';
import { isFocusLost } from '../../state/return-focus.ts';
import { useCore } from '../../state/use-core.ts';
import '../../styles/devices.css';
import { ServerForm } from './ServerForm.tsx';
import { ServerItem } from './ServerItem.tsx';

export interface ServersDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** One of their models answers from here on. */
  onChosen: () => void;
}

/** The OpenAI-compatible servers that this device may use: added, tested, and chosen from. */
export function ServersDialog(props: ServersDialogProps) {
  const app = useApp();
  const core = useCore();
  const [isAdding, setAdding] = createSignal(false);
  let addButton: HTMLButtonElement | undefined;
  const servers = () => app.servers()?.servers ?? [];
  const isFirst = () => app.servers() !== null && servers().length === 0;

  const stopAdding = () => {
    setAdding(false);
    // If the form took the focus along, it goes where it came from.
    queueMicrotask(() => isFocusLost() && addButton?.focus());
  };
  const add = async (input: ServerInput) => {
    // The first server arrives before its test ends: the form stays until then.
    setAdding(true);
    await core.api.addServer(input);
  };

  return (
    <DialogFrame
      title="Servers"
      description="Any program that speaks OpenAI's API can answer here: on this computer, in your network, or on the internet. It is sent what you write, with the conversation so far."
      class="devices"
      isOpen={props.isOpen}
      onClose={() => props.onClose()}
    >
      <div class="dialog-body">
        <div class="dialog-part">
          <Show when={servers().length > 0}>
            <ul class="devices-list" aria-label="Your servers">
              <For each={servers().map(({ id }) => id)}>
                {(id) => (
                  <Show when={servers().find((server) => server.id === id)}>
                    {(server) => <ServerItem server={server()} onChosen={() => props.onChosen()} />}
                  </Show>
                )}
              </For>
            </ul>
          </Show>
          <Show
            when={isAdding() || isFirst()}
            fallback={
              <button
                type="button"
                class="button"
                ref={(button) => (addButton = button)}
                onClick={() => setAdding(true)}
              >
                Add a server
              </button>
            }
          >
            <ServerForm
              server={null}
              takesFocus={isAdding()}
              save={add}
              onSaved={stopAdding}
              onCancel={isFirst() ? null : stopAdding}
            />
          </Show>
        </div>
      </div>
    </DialogFrame>
  );
}
