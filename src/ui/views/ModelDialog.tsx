import { Dialog } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import { createResource, createSignal, For, Match, Show, Switch } from 'solid-js';
import { asAppError } from '../../shared/errors.ts';
import { ModelCard } from '../parts/ModelCard.tsx';
import { useApp } from '../state/app-state.ts';
import { findModels } from '../state/find-models.ts';
import { useCore } from '../state/use-core.ts';
import '../styles/dialog.css';

export interface ModelDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Where a model is chosen. Nothing is downloaded before a person picks it here. */
export function ModelDialog(props: ModelDialogProps) {
  const app = useApp();
  const core = useCore();
  const [query, setQuery] = createSignal('');
  const [models, { refetch }] = createResource(() => core.api.listModels());
  const loaded = () => (models.state === 'ready' ? models() : null);
  const found = () => findModels(loaded() ?? [], query());
  const hasModelOnGpu = () => {
    const status = app.engine()?.status.type;
    return status === 'ready' || status === 'loading';
  };

  /** Closes at once: from here on the engine line tells. Only a refusal is told here. */
  const close = (action: Promise<void>) => {
    action.catch((failure: unknown) => {
      const error = asAppError(failure, 'model-failed', 'The model could not be changed.');
      if (app.engine()?.status.type !== 'failed') app.notify({ text: error.message, undo: null });
    });
    props.onClose();
  };

  return (
    <Dialog open={props.isOpen} onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Dialog.Content class="dialog">
            <div class="dialog-top">
              <Dialog.Title class="dialog-title">Choose a model</Dialog.Title>
              <Dialog.CloseButton class="icon-button" aria-label="Close">
                <X />
              </Dialog.CloseButton>
            </div>
            <Dialog.Description class="dialog-text">
              Larger models know more, and need more of your GPU's memory. All of them run on this device; one
              that isn't built in is downloaded when you choose it.
            </Dialog.Description>
            <input
              type="search"
              class="dialog-search"
              aria-label="Search models"
              placeholder="Search models"
              autocomplete="off"
              spellcheck={false}
              value={query()}
              onInput={(event) => setQuery(event.currentTarget.value)}
            />
            <div class="dialog-list">
              <Switch>
                <Match when={models.state === 'errored'}>
                  <p class="dialog-empty">
                    The list of models could not be read.{' '}
                    <button type="button" class="link-button" onClick={() => void refetch()}>
                      Try again
                    </button>
                  </p>
                </Match>
                <Match when={loaded() && found().length === 0}>
                  <p class="dialog-empty">No model is called “{query()}”.</p>
                </Match>
                <Match when={loaded()}>
                  <ul>
                    <For each={found()}>
                      {(model) => (
                        <li>
                          <ModelCard
                            model={model}
                            isCurrent={app.engine()?.model?.id === model.id}
                            onChoose={() => close(core.api.chooseModel(model.id))}
                          />
                        </li>
                      )}
                    </For>
                  </ul>
                </Match>
              </Switch>
            </div>
            <Show when={hasModelOnGpu()}>
              <div class="dialog-bottom">
                <p>The model stays on the GPU until you free it. The next message loads it again.</p>
                <button type="button" class="button" onClick={() => close(core.api.unload())}>
                  Free the GPU
                </button>
              </div>
            </Show>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
