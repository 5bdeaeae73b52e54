import { Dialog } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import { createSignal, For, Show } from 'solid-js';
import type { ServerInput } from '../../../shared/servers-state.ts';
import { useApp } from '../../state/app-state.ts';
import { createCommand } from '../../state/create-command.ts';
import { useCore } from '../../state/use-core.ts';
import '../../styles/devices.css';
import '../../styles/dialog.css';
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
  const command = createCommand();
  const [isAdding, setAdding] = createSignal(false);
  let addButton: HTMLButtonElement | undefined;
  const servers = () => app.servers()?.servers ?? [];
  const isFirst = () => app.servers() !== null && servers().length === 0;

  const stopAdding = () => {
    setAdding(false);
    // The form takes the focus along; it goes where it came from.
    queueMicrotask(() => addButton?.focus());
  };
  const add = async (input: ServerInput) => {
    if (await command.run(async () => void (await core.api.addServer(input)))) stopAdding();
  };

  return (
    <Dialog open={props.isOpen} onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Dialog.Content class="dialog devices">
            <div class="dialog-top">
              <Dialog.Title class="dialog-title">Servers</Dialog.Title>
              <Dialog.CloseButton class="icon-button" aria-label="Close">
                <X />
              </Dialog.CloseButton>
            </div>
            <Dialog.Description class="dialog-text">
              Any program that speaks OpenAI's API can answer here: on this computer, in your network, or on
              the internet. It is sent what you write, with the conversation so far.
            </Dialog.Description>
            <div class="devices-body">
              <div class="devices-part">
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
                    isPending={command.pending()}
                    error={command.error()?.message ?? null}
                    takesFocus={isAdding()}
                    onSave={(input) => void add(input)}
                    onCancel={isFirst() ? null : stopAdding}
                  />
                </Show>
              </div>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
