import Check from 'lucide-solid/icons/check';
import { createSignal, For, Show } from 'solid-js';
import { serverChoiceId, type ServerInput, type ServerView } from '../../../shared/servers-state.ts';
import { CommandError } from '../../parts/CommandError.tsx';
import { TwoStepButton } from '../../parts/TwoStepButton.tsx';
import { useApp } from '../../state/app-state.ts';
import { createCommand } from '../../state/create-command.ts';
import { isFocusLost } from '../../state/return-focus.ts';
import { checkWords, serverName } from '../../state/server-words.ts';
import { useCore } from '../../state/use-core.ts';
import { ServerForm } from './ServerForm.tsx';

/** One server: how its last test went, the models it offers, and what can be done with it. */
export function ServerItem(props: { server: ServerView; onChosen: () => void }) {
  const app = useApp();
  const core = useCore();
  const command = createCommand();
  /** Its own: a server may be tested for many seconds, and nothing else waits for that. */
  const test = createCommand();
  const [isChanging, setChanging] = createSignal(false);
  let changeButton: HTMLButtonElement | undefined;
  const name = () => serverName(props.server);
  const isTesting = () => props.server.check.type === 'testing';
  const isCurrent = (model: string) => app.engine()?.model?.id === serverChoiceId(model);

  const choose = async (model: string) => {
    if (await command.run(() => core.api.chooseModel(serverChoiceId(model)))) props.onChosen();
  };
  const remove = () => {
    const { id } = props.server;
    void command.run(() => core.api.removeServer(id));
  };
  const runTest = () => {
    const { id } = props.server;
    if (!isTesting()) void test.run(() => core.api.testServer(id));
  };
  const stopChanging = () => {
    setChanging(false);
    queueMicrotask(() => isFocusLost() && changeButton?.focus());
  };
  const save = (input: ServerInput) => core.api.changeServer(props.server.id, input);

  return (
    <li class="device" data-busy={props.server.models.some(isCurrent)}>
      <div class="device-words">
        <bdi class="device-name">{name()}</bdi>
        <span class="address">{props.server.url}</span>
      </div>
      <p
        role="status"
        class={props.server.check.type === 'failed' ? 'devices-warning' : 'dialog-hint'}
        aria-label={`Test of ${name()}`}
      >
        {checkWords(props.server)}
      </p>
      <Show when={!isChanging() && props.server.models.length > 0}>
        <ul class="server-models" aria-label={`Models of ${name()}`}>
          <For each={props.server.models}>
            {(model) => (
              <li>
                <button
                  type="button"
                  class="model"
                  aria-current={isCurrent(model) ? 'true' : undefined}
                  onClick={() => void choose(model)}
                >
                  <bdi class="model-name">{model}</bdi>
                  <Show when={isCurrent(model)}>
                    <Check class="model-check" aria-label="In use" />
                  </Show>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show
        when={isChanging()}
        fallback={
          <>
            <CommandError command={command} class="devices-warning" />
            <CommandError command={test} class="devices-warning" />
            <div class="device-buttons">
              <button
                type="button"
                class="button"
                aria-label={`Test ${name()}`}
                aria-disabled={isTesting()}
                onClick={runTest}
              >
                Test
              </button>
              <button
                type="button"
                class="button"
                aria-label={`Change ${name()}`}
                ref={(button) => (changeButton = button)}
                onClick={() => setChanging(true)}
              >
                Change
              </button>
              <TwoStepButton
                label="Remove"
                name={`Remove ${name()}`}
                confirm="Remove it and its key"
                keep="Keep it"
                onConfirm={remove}
              />
            </div>
          </>
        }
      >
        <ServerForm
          server={props.server}
          takesFocus
          save={save}
          onSaved={stopChanging}
          onCancel={stopChanging}
        />
      </Show>
    </li>
  );
}
