import { Show } from 'solid-js';
import type { ModelChoice } from '../../../shared/engine-state.ts';
import { convertCommand } from './convert-command.ts';

export interface GetWeightsProps {
  model: ModelChoice;
  /** Opens the screen that takes a folder, with this address filled in. */
  onAdd: (address: string) => void;
}

/** Weights of OpenChat-3.5-1210 in the format of December 2023, with a library that was compiled for them. */
const folderOf2023 = 'https://huggingface.co/cfahlgren1/wasm-openchat-3.5-1210-q4f32_1';

/** The way from a model without weights to one that answers, step by step. */
export function GetWeights(props: GetWeightsProps) {
  const is2023 = () => props.model.quantization.endsWith('2023');
  return (
    <section class="model-section" aria-label="How to get its weights">
      <h4>How to get it running</h4>
      <p>Hearth has the compiled library, and for OpenChat the tokenizer. The weights are yours to bring.</p>
      <Show
        when={is2023()}
        fallback={
          <ol class="model-steps">
            <li>
              Have a folder of its weights in MLC's format, at {props.model.quantization}.
              <Show when={convertCommand(props.model)}>
                {(command) => (
                  <>
                    {' '}
                    Hearth's own tool makes one of the model's files (safetensors, or GGUF). In Hearth's
                    repository, with Python 3.11 or newer:
                    <p class="model-command">
                      <code>{command()}</code>
                    </p>
                  </>
                )}
              </Show>
            </li>
            <li>
              Add the folder here. Every weight's name and shape is compared with what the library asks for
              before anything is copied.
            </li>
            <li>Open it in the list and press “Use this model”.</li>
          </ol>
        }
      >
        <ol class="model-steps">
          <li>
            A folder of December 2023 has <code>ndarray-cache.json</code> and weights named{' '}
            <code>params_shard_…</code>. If you have one on a disk, add that folder or a ZIP of it.
          </li>
          <li>
            Or let Hearth fetch one from Hugging Face: press the button, then “Add”. Its list is read and
            checked before anything large is downloaded.
          </li>
          <li>
            Open it in the list and press “Download and use”, or “Use this model” when it came from a disk.
          </li>
        </ol>
      </Show>
      <div class="model-actions">
        <button
          type="button"
          class="button button-primary"
          onClick={() => props.onAdd(is2023() ? folderOf2023 : '')}
        >
          Add its folder
        </button>
      </div>
      <Show when={props.model.about?.family === 'OpenChat'}>
        <p class="model-hint">
          Nobody has run this library at its full depth in a test yet: it loads, its parts are right, and the
          rest is yours to see.
        </p>
      </Show>
    </section>
  );
}
