import { createSignal, For, Show } from 'solid-js';
import type { ArchiveReport } from '../../shared/archive.ts';
import { CommandError } from '../parts/CommandError.tsx';
import { DialogFrame } from '../parts/DialogFrame.tsx';
import { useApp } from '../state/app-state.ts';
import { archiveWords } from '../state/archive-words.ts';
import { createCommand } from '../state/create-command.ts';
import { createPersistence } from '../state/create-persistence.ts';
import { formatBytes, formatPlural } from '../state/format-figures.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { saveFile } from '../state/save-file.ts';
import { useCore } from '../state/use-core.ts';
import '../styles/archive.css';

export interface ArchiveDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** How conversations outlive this browser: a copy in a file, taken in elsewhere, and the browser's promise to keep them. */
export function ArchiveDialog(props: ArchiveDialogProps) {
  const app = useApp();
  const core = useCore();
  const saving = createCommand();
  const adding = createCommand();
  const persistence = createPersistence();
  const [report, setReport] = createSignal<ArchiveReport | null>(null);
  const [isDenied, setDenied] = createSignal(false);
  let input: HTMLInputElement | undefined;
  const count = () => Object.keys(app.conversations()?.conversations ?? {}).length;

  const save = () =>
    saving.run(async () => {
      const day = new Date().toISOString().slice(0, 10);
      saveFile(await core.api.saveArchive(), `hearth-${day}.jsonl`);
    });
  const add = async (list: FileList | null) => {
    const file = list?.[0];
    if (!file) return;
    setReport(null);
    await adding.run(async () => {
      setReport(await core.api.addArchive(file));
    });
    // The same file can be chosen again.
    if (input) input.value = '';
  };

  return (
    <DialogFrame
      title="Keep your conversations"
      description="All that is said is saved in this browser and nowhere else. A copy in a file outlives it, and brings your conversations to another device."
      class="archive"
      isOpen={props.isOpen}
      onClose={() => props.onClose()}
    >
      <div class="dialog-body">
        <section class="dialog-part">
          <h3>Save a copy</h3>
          <p class="dialog-hint">
            One file with{' '}
            {count() === 1 ? 'your conversation' : `all ${formatPlural(count(), 'conversation')}`}. It is not
            encrypted: whoever has it can read them.
          </p>
          <CommandError command={saving} class="archive-error" />
          <button
            type="button"
            class="button button-primary"
            disabled={count() === 0}
            aria-disabled={saving.pending()}
            onClick={() => void save()}
          >
            {saving.pending() ? 'Saving' : 'Save to a file'}
          </button>
        </section>
        <section class="dialog-part">
          <h3>Take in a copy</h3>
          <p class="dialog-hint">
            Adds what the file has and this browser lacks. What is here stays as it is.
          </p>
          <CommandError command={adding} class="archive-error" />
          <Show when={adding.pending()}>
            <p class="dialog-hint">{formatPlural(count(), 'conversation')} here by now.</p>
          </Show>
          <div role="status">
            <Show when={report()}>
              {(result) => (
                <>
                  <p>{archiveWords(result())}</p>
                  <ul class="archive-problems">
                    <For each={result().problems}>{(problem) => <li>{problem}</li>}</For>
                  </ul>
                </>
              )}
            </Show>
          </div>
          <button
            type="button"
            class="button"
            aria-disabled={adding.pending()}
            onClick={() => !adding.pending() && input?.click()}
          >
            {adding.pending() ? 'Taking it in' : 'Choose a file'}
          </button>
          <input
            type="file"
            hidden
            accept=".jsonl,.json,.txt"
            aria-label="File of saved conversations"
            ref={(element) => (input = element)}
            onChange={(event) => void add(event.currentTarget.files)}
          />
        </section>
        <Show when={persistence.isPromised() !== null}>
          <section class="dialog-part">
            <h3>In this browser</h3>
            <p class="dialog-hint">
              <Show when={persistence.usedBytes()}>
                {(bytes) => `Hearth takes ${formatBytes(bytes())} here, models included. `}
              </Show>
              <Show
                when={persistence.isPromised()}
                fallback="When the disk is nearly full, the browser may erase all of it by itself."
              >
                The browser has promised not to erase it by itself.
              </Show>
            </p>
            <Show when={!persistence.isPromised()}>
              <button
                ref={passFocusOn}
                type="button"
                class="button"
                onClick={() => void persistence.ask().then((isPromised) => setDenied(!isPromised))}
              >
                Ask the browser to keep it
              </button>
              <p class="dialog-hint" role="status">
                <Show when={isDenied()}>
                  The browser would not promise it yet. Most do once Hearth is installed as an app or
                  bookmarked.
                </Show>
              </p>
            </Show>
          </section>
        </Show>
      </div>
    </DialogFrame>
  );
}
