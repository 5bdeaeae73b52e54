import { createMemo, For, Match, Show, Switch } from 'solid-js';
import type { SetStoreFunction } from 'solid-js/store';
import type { ModelChoice } from '../../../shared/engine-state.ts';
import type { ModelsState } from '../../../shared/models-state.ts';
import { ModelCard } from '../../parts/ModelCard.tsx';
import { downloadWords } from '../../state/download-words.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { familiesOf, findModels, type ModelFilter } from '../../state/find-models.ts';

export interface ModelListProps {
  /** Null while the list is being read. */
  models: ModelChoice[] | null;
  hasFailed: boolean;
  shelf: ModelsState | null;
  currentId: string | null;
  filter: ModelFilter;
  setFilter: SetStoreFunction<ModelFilter>;
  onOpen: (model: ModelChoice) => void;
  onAdd: () => void;
  onRetry: () => void;
  onListElement: (element: HTMLElement) => void;
  onAddElement: (element: HTMLButtonElement) => void;
}

/** The catalogue, with what it is searched by. */
export function ModelList(props: ModelListProps) {
  const isHere = (model: ModelChoice) => model.builtIn || props.shelf?.stored[model.id] !== undefined;
  const found = createMemo(() => findModels(props.models ?? [], props.filter, isHere));
  const downloadOf = (id: string) => {
    const download = props.shelf?.downloads.find(({ modelId }) => modelId === id);
    return download ? downloadWords(download) : null;
  };
  return (
    <>
      <div class="model-filters">
        <input
          type="search"
          class="dialog-search"
          aria-label="Search models"
          placeholder="Search models"
          autocomplete="off"
          spellcheck={false}
          value={props.filter.query}
          onInput={(event) => props.setFilter('query', event.currentTarget.value)}
        />
        <select
          class="select"
          aria-label="Family"
          value={props.filter.family}
          onChange={(event) => props.setFilter('family', event.currentTarget.value)}
        >
          <option value="">All families</option>
          <For each={familiesOf(props.models ?? [])}>
            {(family) => (
              <option value={family} selected={family === props.filter.family}>
                {family}
              </option>
            )}
          </For>
        </select>
        <select
          class="select"
          aria-label="Show"
          value={props.filter.only}
          onChange={(event) => props.setFilter('only', event.currentTarget.value as ModelFilter['only'])}
        >
          <option value="all">All models</option>
          <option value="fits">Those that fit</option>
          <option value="here">On this device</option>
        </select>
        <button
          type="button"
          class="button"
          ref={(element) => props.onAddElement(element)}
          onClick={() => props.onAdd()}
        >
          Add your own
        </button>
      </div>
      <div class="dialog-list" ref={(element) => props.onListElement(element)}>
        <Switch>
          <Match when={props.hasFailed}>
            <p class="dialog-empty">
              The list of models could not be read.{' '}
              <button ref={passFocusOn} type="button" class="link-button" onClick={() => props.onRetry()}>
                Try again
              </button>
            </p>
          </Match>
          <Match when={props.models && found().length === 0}>
            <p class="dialog-empty">
              <Show when={props.filter.query !== ''} fallback="There is no such model here.">
                No model is called “{props.filter.query}”.
              </Show>
            </p>
          </Match>
          <Match when={props.models}>
            <ul>
              <For each={found().map(({ id }) => id)}>
                {(id) => (
                  <Show when={found().find((model) => model.id === id)}>
                    {(model) => (
                      <li data-id={id}>
                        <ModelCard
                          model={model()}
                          isCurrent={props.currentId === id}
                          isHere={isHere(model())}
                          download={downloadOf(id)}
                          onOpen={() => props.onOpen(model())}
                        />
                      </li>
                    )}
                  </Show>
                )}
              </For>
            </ul>
          </Match>
        </Switch>
      </div>
    </>
  );
}
