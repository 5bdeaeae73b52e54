import { createEffect, createResource, createSignal, Match, on, Show, Switch } from 'solid-js';
import { createStore } from 'solid-js/store';
import { asAppError } from '../../shared/errors.ts';
import { DialogFrame } from '../parts/DialogFrame.tsx';
import { useApp } from '../state/app-state.ts';
import { createAddModel } from '../state/create-add-model.ts';
import { createFileWork } from '../state/create-file-work.ts';
import { createWatch } from '../state/create-watch.ts';
import { everyModel, type ModelFilter } from '../state/find-models.ts';
import { useCore } from '../state/use-core.ts';
import '../styles/models.css';
import { AddModel } from './models/AddModel.tsx';
import { IdleMinutes } from './models/IdleMinutes.tsx';
import { ModelList } from './models/ModelList.tsx';
import { ModelPage } from './models/ModelPage.tsx';
import { ServersButton } from './servers/ServersButton.tsx';

export interface ModelDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

type Place = { type: 'list' } | { type: 'model'; id: string } | { type: 'add'; address: string };

/** Where a model is chosen. Nothing is downloaded before a person asks for it on the model's own page. */
export function ModelDialog(props: ModelDialogProps) {
  const app = useApp();
  const core = useCore();
  const [place, setPlace] = createSignal<Place>({ type: 'list' });
  const [filter, setFilter] = createStore<ModelFilter>({ ...everyModel });
  const shelf = createWatch(() => (props.isOpen ? 'models' : null));
  const [models, { refetch }] = createResource(() => core.api.listModels());
  const loaded = () =>
    (models.state === 'ready' || models.state === 'refreshing' ? models.latest : null) ?? null;
  // Another tab, or this one, added a model or took one away; and how models fit changes with the free space.
  createEffect(
    on(
      () => [props.isOpen, shelf()?.listRevision, Object.keys(shelf()?.stored ?? {}).length] as const,
      ([isOpen]) => isOpen && void refetch(),
      { defer: true },
    ),
  );
  const opened = () => {
    const at = place();
    return at.type === 'model' ? (loaded()?.find(({ id }) => id === at.id) ?? null) : null;
  };
  const offered = () => {
    const at = place();
    return at.type === 'add' ? at : null;
  };
  const adding = createAddModel({
    api: core.api,
    isWatched: () => props.isOpen && offered() !== null,
    // Nobody is taken off another page.
    onAdded: (id) => offered() && setPlace({ type: 'model', id }),
    notify: (text) => app.notify({ text, undo: null }),
  });
  const fileWork = createFileWork({
    api: core.api,
    isWatched: (id) => props.isOpen && opened()?.id === id,
    notify: (text) => app.notify({ text, undo: null }),
  });
  let list: HTMLElement | undefined;
  let addButton: HTMLButtonElement | undefined;
  /** Back to where the page was opened from: a model's card, whose focus also brings the list's place back. */
  const goBack = () => {
    const left = place();
    setPlace({ type: 'list' });
    const card =
      left.type === 'model'
        ? list?.querySelector<HTMLElement>(`[data-id="${CSS.escape(left.id)}"] button`)
        : null;
    (card ?? addButton)?.focus();
  };
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
    setPlace({ type: 'list' });
    props.onClose();
  };

  return (
    <DialogFrame
      title="Choose a model"
      description={
        opened() || offered()
          ? undefined
          : "Larger models know more, and need more of your GPU's memory. They run on this device, unless they say otherwise."
      }
      class="models"
      isOpen={props.isOpen}
      onClose={() => props.onClose()}
    >
      <Switch
        fallback={
          <>
            <ServersButton onClosed={() => void refetch()} onChosen={() => props.onClose()} />
            <ModelList
              models={loaded()}
              hasFailed={models.state === 'errored'}
              shelf={shelf()}
              currentId={app.engine()?.model?.id ?? null}
              filter={filter}
              setFilter={setFilter}
              onOpen={({ id }) => setPlace({ type: 'model', id })}
              onAdd={() => setPlace({ type: 'add', address: '' })}
              onRetry={() => void refetch()}
              onListElement={(element) => (list = element)}
              onAddElement={(element) => (addButton = element)}
            />
          </>
        }
      >
        <Match when={offered()}>
          {(offer) => (
            <AddModel
              address={offer().address}
              adding={adding}
              onBack={() => {
                adding.command.dismiss();
                goBack();
              }}
            />
          )}
        </Match>
        {/* Each model has a page of its own, which begins at its heading; news of the model leave the page as it is. */}
        <Match when={opened()?.id} keyed>
          <Show when={opened()}>
            {(model) => (
              <ModelPage
                model={model()}
                isCurrent={app.engine()?.model?.id === model().id}
                storedBytes={shelf()?.stored[model().id] ?? null}
                download={shelf()?.downloads.find(({ modelId }) => modelId === model().id) ?? null}
                work={fileWork}
                onBack={() => {
                  fileWork.dismiss();
                  goBack();
                }}
                onAdd={(address) => setPlace({ type: 'add', address })}
                onOpen={(id) => setPlace({ type: 'model', id })}
                onUse={close}
              />
            )}
          </Show>
        </Match>
      </Switch>
      <Show when={hasModelOnGpu()}>
        <div class="dialog-bottom">
          <IdleMinutes minutes={app.engine()?.idleMinutes ?? null} />
          <button type="button" class="button" onClick={() => close(core.api.unload())}>
            Free the GPU
          </button>
        </div>
      </Show>
    </DialogFrame>
  );
}
