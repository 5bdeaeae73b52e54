import { createResource, For, Show } from 'solid-js';
import type { ModelChoice } from '../../../shared/engine-state.ts';
import type { ContextChoice, ModelSettings } from '../../../shared/model-settings.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { createCommand } from '../../state/create-command.ts';
import { formatBytes, formatNumber } from '../../state/format-figures.ts';
import { useApp } from '../../state/app-state.ts';
import { useCore } from '../../state/use-core.ts';

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

/** How one model answers unless a conversation says otherwise, and how much it holds. */
export function ModelSettingsPart(props: { model: ModelChoice }) {
  const app = useApp();
  const core = useCore();
  const command = createCommand();
  const [view, { refetch }] = createResource(
    () => props.model.id,
    (id) => core.api.readModelSettings(id).catch(() => null),
  );
  const change = async (settings: ModelSettings) => {
    const { id, label } = props.model;
    if (!(await command.run(() => core.api.setModelSettings(id, settings)))) return;
    await refetch();
    app.notify({ text: `Saved. ${label} answers so from the next message on.`, undo: null });
  };
  return (
    <Show when={view.latest}>
      {(current) => (
        <details class="model-settings">
          <summary>
            Settings<Show when={Object.keys(current().settings).length > 0}> · changed</Show>
          </summary>
          <form
            aria-label={`Settings of ${props.model.label}`}
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
                value={current().settings.temperature ?? ''}
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
                value={current().settings.topP ?? ''}
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
                value={current().settings.maxTokens ?? ''}
              />
            </label>
            <Show when={current().context}>
              {(context) => (
                <label class="model-field">
                  How much it holds of a conversation
                  <select class="select" name="contextTokens">
                    <option value="" selected={current().settings.contextTokens === undefined}>
                      {`As usual: ${contextWords(context().usualTokens, context())}`}
                    </option>
                    <For each={contextChoices(context())}>
                      {(tokens) => (
                        <option value={tokens} selected={tokens === current().settings.contextTokens}>
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
                value={current().settings.system ?? ''}
              />
            </label>
            <p class="model-hint">
              An empty field is the model’s own way. Another context loads the model again.
            </p>
            <CommandError command={command} class="model-error" />
            <div class="device-buttons">
              <button type="submit" class="button" disabled={command.pending()}>
                Save
              </button>
              <Show when={Object.keys(current().settings).length > 0}>
                <button
                  type="button"
                  class="button"
                  disabled={command.pending()}
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
  );
}
