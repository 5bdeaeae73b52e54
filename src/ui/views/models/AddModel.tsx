import { createResource, createSignal, For, Show } from 'solid-js';
import type { AddModelState } from '../../state/create-add-model.ts';
import { pickedFiles, unzip } from '../../state/picked-folder.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useCore } from '../../state/use-core.ts';
import { PageHead } from './PageHead.tsx';

export interface AddModelProps {
  /** Filled in beforehand. */
  address: string;
  adding: AddModelState;
  onBack: () => void;
}

/** Takes a model of one's own: by its address, or from a disk. */
export function AddModel(props: AddModelProps) {
  const core = useCore();
  // What was filled in beforehand is a beginning, and changes with what is typed.
  // oxlint-disable-next-line solid/reactivity
  const [address, setAddress] = createSignal(props.address);
  const [served] = createResource(() => core.api.listServedModels().catch(() => []), {
    // Without one, Solid would hold back all effects of the dialog, the focus's among them, until the list is there.
    initialValue: [],
  });
  let folderInput: HTMLInputElement | undefined;
  let zipInput: HTMLInputElement | undefined;

  const isPending = () => props.adding.command.pending();
  /** The same files can be chosen again, once what was wrong with them is put right. */
  const take = (input: HTMLInputElement): File[] => {
    const files = [...(input.files ?? [])];
    input.value = '';
    return files;
  };
  const addFolder = (files: File[]) => {
    if (files.length === 0) return;
    const offer = pickedFiles(files);
    void props.adding.add(offer.name, async () => offer);
  };
  const addZip = ([file]: File[]) => {
    if (file) void props.adding.add(file.name, (signal) => unzip(file, signal));
  };

  return (
    <div class="model-page">
      <PageHead title="Add your own model" onBack={props.onBack} />
      <p>
        A folder as MLC writes it, or as one was made in December 2023: a list of weights (
        <code>tensor-cache.json</code> or <code>ndarray-cache.json</code>), the weights,{' '}
        <code>tokenizer.json</code>, <code>mlc-chat-config.json</code>, and the library that was compiled for
        them (<code>.wasm</code>), unless one of Hearth’s own fits. All of it is checked first; nothing leaves
        this device.
      </p>
      <section class="model-section">
        <h4>From this disk</h4>
        <div class="model-actions">
          <button
            type="button"
            class="button"
            aria-disabled={isPending()}
            onClick={() => !isPending() && folderInput?.click()}
          >
            Choose a folder
          </button>
          <button
            type="button"
            class="button"
            aria-disabled={isPending()}
            onClick={() => !isPending() && zipInput?.click()}
          >
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
          onChange={(event) => addFolder(take(event.currentTarget))}
        />
        <input
          type="file"
          hidden
          accept=".zip"
          aria-label="ZIP file of a model"
          ref={(element) => (zipInput = element)}
          onChange={(event) => addZip(take(event.currentTarget))}
        />
      </section>
      <Show when={served.latest.length > 0}>
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
                    aria-disabled={isPending()}
                    onClick={() => void props.adding.add(model.name, async () => model)}
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
            void props.adding.add(url, async () => ({ url }));
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
          <button type="submit" class="button" disabled={address().trim() === ''} aria-disabled={isPending()}>
            Add
          </button>
        </form>
        <p class="model-hint">
          A repository of huggingface.co, or a folder of the server that this page came from. What lies in{' '}
          <code>models</code> where it was started is listed here. Other servers are out of reach for this
          page.
        </p>
      </section>
      <Show when={isPending()}>
        <p role="status" class="model-hint">
          Looking at the folder, and copying what comes from a disk. A large model takes some minutes.
        </p>
        <div class="model-actions">
          <button ref={passFocusOn} type="button" class="button" onClick={() => props.adding.cancel()}>
            Cancel
          </button>
        </div>
      </Show>
      <Show when={props.adding.command.error()}>
        {(error) => (
          <div class="model-error" role="alert">
            <p>
              <bdi>{props.adding.name()}</bdi> could not be added:
            </p>
            <ul>
              <For each={error().message.split('\n')}>{(line) => <li>{line}</li>}</For>
            </ul>
          </div>
        )}
      </Show>
    </div>
  );
}
