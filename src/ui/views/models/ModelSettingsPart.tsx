import { createMemo, createResource, createSignal, For, Show, untrack, type Accessor } from 'solid-js';
import type { ModelChoice } from '../../../shared/engine-state.ts';
import { asAppError } from '../../../shared/errors.ts';
import type { ContextChoice, ModelSettings } from '../../../shared/model-settings.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { createCommand } from '../../state/create-command.ts';
import { settingKey } from '../../state/draft-store.ts';
import { formatBytes, formatNumber } from '../../state/format-figures.ts';
import { passFocusOn } from '../../state/pass-focus-on.ts';
import { useApp } from '../../state/app-state.ts';
import { useCore } from '../../state/use-core.ts';

const names = ['temperature', 'topP', 'maxTokens', 'contextTokens', 'system'] as const;
type SettingName = (typeof names)[number];

/** The draft of a field that was emptied: without a draft it would show again what is saved. */
const emptied = ' ';

/** Powers of two up to what the model was made for, and its usual one. */
function contextChoices({ usualTokens, longestTokens }: ContextChoice): number[] {
  const all = [usualTokens, longestTokens];
  for (let tokens = 1024; tokens < longestTokens; tokens *= 2) all.push(tokens);
  return [...new Set(all)].toSorted((a, b) => a - b);
}

const contextWords = (tokens: number, { bytesPerToken }: ContextChoice): string =>
  bytesPerToken === null
    ? `${formatNumber(tokens)} tokens`
    : `${formatNumber(tokens)} tokens, ${formatBytes(tokens * bytesPerToken)} of GPU memory`;

/** An empty field is the model's own way. */
function readForm(form: HTMLFormElement): ModelSettings {
  const data = new FormData(form);
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const number = (name: keyof ModelSettings): Partial<Record<typeof name, number>> =>
    text(name) === '' ? {} : { [name]: Number(text(name)) };
  return {
    ...number('temperature'),
    ...number('topP'),
    ...number('maxTokens'),
    ...number('contextTokens'),
    ...(text('system') !== '' && { system: text('system') }),
  } as ModelSettings;
}

/**
 * How one model answers unless a conversation says otherwise, and how much it holds. Made anew for each model. What is typed
 * outlives the page, as drafts do.
 */
export function ModelSettingsPart(props: { model: ModelChoice }) {
  const app = useApp();
  const core = useCore();
  const command = createCommand();
  const { id } = untrack(() => props.model);
  const [view, { refetch }] = createResource(() => core.api.readModelSettings(id));
  const loaded = () => (view.state === 'ready' || view.state === 'refreshing' ? view.latest : null);
  const saved = (name: SettingName): string => String(loaded()?.settings[name] ?? '');

  const readTyped = () =>
    Object.fromEntries(names.map((name) => [name, app.drafts.read(settingKey(id, name))])) as Record<
      SettingName,
      string
    >;
  // Not read with each key: a number that is half typed has no value yet, and would be taken away.
  const [typed, setTyped] = createSignal(readTyped());
  const hasTyped = () => names.some((name) => typed()[name] !== '');
  /** A memo, so that a field is filled in again only when there is something else to fill in: one may have been emptied. */
  const createShown = (name: SettingName): Accessor<string> => {
    const shown = createMemo(() => (typed()[name] === '' ? saved(name) : typed()[name].trim()));
    return shown;
  };
  const shown = Object.fromEntries(names.map((name) => [name, createShown(name)])) as Record<
    SettingName,
    Accessor<string>
  >;
  const keepTyped = (field: EventTarget) => {
    const { name, value } = field as unknown as { name: SettingName; value: string };
    app.drafts.write(settingKey(id, name), value === saved(name) ? '' : value || emptied);
  };

  const change = async (settings: ModelSettings) => {
    const { label } = props.model;
    const before = readTyped();
    setTyped(before);
    if (!(await command.run(() => core.api.setModelSettings(id, settings)))) return;
    for (const [name, text] of Object.entries(readTyped()) as [SettingName, string][]) {
      // What was typed meanwhile is not saved.
      if (text === before[name]) app.drafts.write(settingKey(id, name), '');
    }
    await refetch();
    setTyped(readTyped());
    app.notify({ text: `Saved. ${label} answers so from the next message on.`, undo: null });
  };
  return (
    <>
      <Show when={view.state === 'errored'}>
        <p class="model-error" role="alert">
          Its settings could not be read.{' '}
          {asAppError(view.error, 'engine-failed', 'That did not work.').message}{' '}
          <button ref={passFocusOn} type="button" class="link-button" onClick={() => void refetch()}>
            Try again
          </button>
        </p>
      </Show>
      <Show when={loaded()}>
        {(current) => (
          <details class="model-settings">
            <summary>
              Settings<Show when={Object.keys(current().settings).length > 0}> · changed</Show>
              <Show when={hasTyped()}> · not saved</Show>
            </summary>
            <form
              aria-label={`Settings of ${props.model.label}`}
              onInput={(event) => keepTyped(event.target)}
              onSubmit={(event) => {
                event.preventDefault();
                void change(readForm(event.currentTarget));
              }}
            >
              <label class="model-field">
                Temperature: 0 always takes the likeliest word, more is bolder
                <input
                  type="number"
                  name="temperature"
                  min="0"
                  max="2"
                  step="any"
                  placeholder={String(current().usual.temperature)}
                  value={shown.temperature()}
                />
              </label>
              <label class="model-field">
                Top P: the part of all likely words that is chosen from
                <input
                  type="number"
                  name="topP"
                  min="0.01"
                  max="1"
                  step="any"
                  placeholder={String(current().usual.topP)}
                  value={shown.topP()}
                />
              </label>
              <label class="model-field">
                Longest answer, in tokens
                <input
                  type="number"
                  name="maxTokens"
                  min="1"
                  max="1000000"
                  placeholder={String(current().usual.maxTokens)}
                  value={shown.maxTokens()}
                />
              </label>
              <Show when={current().context}>
                {(context) => (
                  <label class="model-field">
                    How much it holds of a conversation
                    <select class="select" name="contextTokens">
                      <option value="" selected={shown.contextTokens() === ''}>
                        {`As usual: ${contextWords(context().usualTokens, context())}`}
                      </option>
                      <For each={contextChoices(context())}>
                        {(tokens) => (
                          <option value={tokens} selected={String(tokens) === shown.contextTokens()}>
                            {contextWords(tokens, context())}
                          </option>
                        )}
                      </For>
                    </select>
                  </label>
                )}
              </Show>
              <label class="model-field">
                Tell it before every conversation
                <textarea
                  name="system"
                  dir="auto"
                  rows="3"
                  maxlength="20000"
                  placeholder="For example: Answer in simple words."
                  value={shown.system()}
                />
              </label>
              <p class="model-hint">
                An empty field is the model’s own way. Another context loads the model again.
              </p>
              <CommandError command={command} class="model-error" />
              <div class="device-buttons">
                <button type="submit" class="button" aria-disabled={command.pending()}>
                  Save
                </button>
                <Show when={Object.keys(current().settings).length > 0}>
                  <button
                    ref={passFocusOn}
                    type="button"
                    class="button"
                    aria-disabled={command.pending()}
                    onClick={() => void change({})}
                  >
                    As the model has it
                  </button>
                </Show>
              </div>
            </form>
          </details>
        )}
      </Show>
    </>
  );
}
