import { createResource, createSignal, For, Show } from 'solid-js';
import type { ModelOffer } from '../../../shared/models-state.ts';
import { createCommand } from '../../state/create-command.ts';
import { pickedFiles, unzip } from '../../state/picked-folder.ts';
import { useCore } from '../../state/use-core.ts';
import { PageHead } from './PageHead.tsx';

export interface AddModelProps {
  /** Filled in beforehand. */
  address: string;
  onBack: () => void;
  onAdded: (modelId: string) => void;
}

/** Takes a model of one's own: by its address, or from a disk. */
export function AddModel(props: AddModelProps) {
  const core = useCore();
  const command = createCommand();
  // What was filled in beforehand is a beginning, and changes with what is typed.
  // oxlint-disable-next-line solid/reactivity
  const [address, setAddress] = createSignal(props.address);
  const [served] = createResource(() => core.api.listServedModels().catch(() => []));
  let folderInput: HTMLInputElement | undefined;
  let zipInput: HTMLInputElement | undefined;

  const add = async (offer: () => Promise<ModelOffer>) => {
    let id = '';
    const isAdded = await command.run(async () => {
      id = await core.api.addModel(await offer());
    });
    if (isAdded) props.onAdded(id);
  };
  const addFolder = (list: FileList | null) => {
    if (list && list.length > 0) void add(async () => pickedFiles([...list]));
  };
  const addZip = (list: FileList | null) => {
    const file = list?.[0];
    if (file) void add(() => unzip(file));
  };

  return (
    <div class="model-page">
      <PageHead title="Add your own model" onBack={props.onBack} />
      <p>
        A folder as MLC writes it, or as one was made in December 2023: a list of weights (
        <code>tensor-cache.json</code> or <code>ndarray-cache.json</code>), the weights,{' '}
        <code>tokenizer.json</code> and <code>mlc-chat-config.json</code>. All of it is checked first; nothing
        leaves this device.
      </p>
      <section class="model-section">
        <h4>From this disk</h4>
        <div class="model-actions">
          <button
            type="button"
            class="button"
            disabled={command.pending()}
            onClick={() => folderInput?.click()}
          >
            Choose a folder
          </button>
          <button type="button" class="button" disabled={command.pending()} onClick={() => zipInput?.click()}>
            Choose a ZIP file
          </button>
        </div>
        <input
          type="file"
          hidden
          aria-label="Folder of a model"
          ref={(element) => {
            folderInput = element;
            element.webkitdirectory = true;
          }}
          onChange={(event) => addFolder(event.currentTarget.files)}
        />
        <input
          type="file"
          hidden
          accept=".zip"
          aria-label="ZIP file of a model"
          ref={(element) => (zipInput = element)}
          onChange={(event) => addZip(event.currentTarget.files)}
        />
      </section>
      <Show when={served.latest?.length}>
        <section class="model-section">
          <h4>On this server</h4>
          <ul class="model-served">
            <For each={served.latest}>
              {(model) => (
                <li>
                  <bdi>{model.name}</bdi>
                  <button
                    type="button"
                    class="button"
                    aria-label={`Add ${model.name}`}
                    disabled={command.pending()}
                    onClick={() => void add(async () => model)}
                  >
                    Add
                  </button>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
      <section class="model-section">
        <h4>By its address</h4>
        <form
          class="model-address"
          onSubmit={(event) => {
            event.preventDefault();
            const url = address();
            void add(async () => ({ url }));
          }}
        >
          <input
            type="url"
            aria-label="Address of the folder"
            placeholder="https://huggingface.co/…"
            autocomplete="off"
            value={address()}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <button type="submit" class="button" disabled={command.pending() || address().trim() === ''}>
            Add
          </button>
        </form>
        <p class="model-hint">
          A repository of huggingface.co, or a folder of the server that this page came from. What lies in{' '}
          <code>models</code> where it was started is listed here. Other servers are out of reach for this
          page.
        </p>
      </section>
      <Show when={command.pending()}>
        <p role="status" class="model-hint">
          Looking at the folder, and copying what comes from a disk. A large model takes some minutes.
        </p>
      </Show>
      <Show when={command.error()}>
        {(error) => (
          <div class="model-error" role="alert">
            <p>It could not be added:</p>
            <ul>
              <For each={error().message.split('\n')}>{(line) => <li>{line}</li>}</For>
            </ul>
          </div>
        )}
      </Show>
    </div>
  );
}
