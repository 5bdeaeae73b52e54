import { Show } from 'solid-js';
import type { FileWork } from '../../state/create-file-work.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';

export interface FileWorkPartProps {
  kind: 'save' | 'check';
  work: FileWork;
}

/** What is being done with a model's files. It goes on wherever the person is. */
export function FileWorkPart(props: FileWorkPartProps) {
  const isSaving = () => props.kind === 'save';
  return (
    <section class="download" aria-label={isSaving() ? 'Saving' : 'Checking'}>
      <Show when={isSaving()}>
        <progress max="1" value={props.work.part()} aria-label="Saved" />
      </Show>
      <p role="status" class="model-hint">
        {isSaving() ? 'Writing its files into one.' : 'Comparing its files with their hashes.'} A large model
        takes some minutes, and you are told at the end.
      </p>
      <Show when={isSaving()}>
        <div class="model-actions">
          <button ref={passFocusOn} type="button" class="button" onClick={() => props.work.cancel()}>
            Cancel
          </button>
        </div>
      </Show>
    </section>
  );
}
