import { createSignal, For, onCleanup, onMount, Show } from 'solid-js';
import {
  serverKinds,
  type ServerInput,
  type ServerKind,
  type ServerView,
} from '../../../shared/servers-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { createCommand } from '../../state/create-command.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { presetUrl, sendsKeyInTheOpen } from '../../state/server-words.ts';

export interface ServerFormProps {
  /** The one to change; null for a new one. */
  server: ServerView | null;
  takesFocus: boolean;
  /** Keeps what was typed, and tests it. */
  save: (input: ServerInput) => Promise<void>;
  /** Not for a form that was cancelled meanwhile: another may stand in its place by now. */
  onSaved: () => void;
  /** Null where there is nothing to go back to. */
  onCancel: (() => void) | null;
}

const kinds = Object.keys(serverKinds) as ServerKind[];
const isPreset = (url: string): boolean => url === '' || kinds.some((kind) => presetUrl(kind) === url);

/** What a server needs: what runs there, its address, and a key if it wants one. */
export function ServerForm(props: ServerFormProps) {
  // A form's first values are the server's as it was when the form opened.
  // oxlint-disable-next-line solid/reactivity
  const before = props.server;
  const [kind, setKind] = createSignal<ServerKind>(before?.kind ?? 'vllm');
  const [url, setUrl] = createSignal(before?.url ?? presetUrl('vllm'));
  const [name, setName] = createSignal(before?.name ?? '');
  const [key, setKey] = createSignal<string | null>(before === null ? '' : null);
  const saving = createCommand();
  let first: HTMLSelectElement | undefined;
  let isGone = false;
  onCleanup(() => (isGone = true));
  onMount(() => {
    if (props.takesFocus) first?.focus();
  });
  const choose = (next: ServerKind) => {
    setKind(next);
    // What a person typed stays.
    if (isPreset(url())) setUrl(presetUrl(next));
  };
  const save = async () => {
    const input = { kind: kind(), name: name(), url: url(), key: key() };
    // Called by events only; the rule does not see that through the command.
    // oxlint-disable-next-line solid/reactivity
    if ((await saving.run(() => props.save(input))) && !isGone) props.onSaved();
  };
  const keepsKey = () => before?.hasKey === true && key() === null;

  return (
    <form
      class="server-form"
      aria-label={before === null ? 'New server' : 'Change server'}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label class="guest-limit">
        What runs there
        <select
          ref={(select) => (first = select)}
          value={kind()}
          onChange={(event) => choose(event.currentTarget.value as ServerKind)}
        >
          <For each={kinds}>{(each) => <option value={each}>{serverKinds[each].label}</option>}</For>
        </select>
      </label>
      <label class="guest-limit">
        Address
        <input
          type="url"
          dir="ltr"
          required
          maxlength="300"
          autocomplete="off"
          spellcheck={false}
          placeholder="http://localhost:8000/v1"
          value={url()}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
      </label>
      <label class="guest-limit">
        Key, if it wants one
        <input
          type="password"
          dir="ltr"
          maxlength="1000"
          autocomplete="new-password"
          placeholder={keepsKey() ? 'Saved. Type another to replace it' : ''}
          value={key() ?? ''}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <label class="guest-limit">
        Name, if you like
        <input
          type="text"
          dir="auto"
          maxlength="60"
          value={name()}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <Show when={sendsKeyInTheOpen(url(), keepsKey() || (key() ?? '') !== '')}>
        <p class="devices-warning">
          This address begins with http://, so the key and your chats can be read on the way.
        </p>
      </Show>
      <p class="dialog-hint">The key stays on this device and goes to this server only.</p>
      <CommandError command={saving} class="devices-warning" />
      <div class="device-buttons">
        <button type="submit" class="button button-primary" aria-disabled={saving.pending()}>
          {saving.pending() ? 'Testing…' : before === null ? 'Add and test' : 'Save and test'}
        </button>
        <Show when={before?.hasKey === true && key() !== ''}>
          <button ref={passFocusOn} type="button" class="button" onClick={() => setKey('')}>
            Remove the key
          </button>
        </Show>
        <Show when={props.onCancel}>
          {(cancel) => (
            <button type="button" class="button" onClick={() => cancel()()}>
              Cancel
            </button>
          )}
        </Show>
      </div>
    </form>
  );
}
