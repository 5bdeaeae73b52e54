import ArrowUp from 'lucide-solid/icons/arrow-up';
import Square from 'lucide-solid/icons/square';
import { For, onCleanup, Show } from 'solid-js';
import type { ContextMeasure } from '../../shared/core-api.ts';
import { ContextGauge } from '../parts/ContextGauge.tsx';
import { GrowingTextarea } from '../parts/GrowingTextarea.tsx';
import { useApp } from '../state/app-state.ts';
import { createCommand } from '../state/create-command.ts';
import { createMediaQuery } from '../state/create-media-query.ts';
import type { Condition } from '../state/create-condition.ts';
import type { Composer as ComposerState } from '../state/create-composer.ts';
import { withAdvice } from '../state/error-advice.ts';
import { useCore } from '../state/use-core.ts';

export interface ComposerProps {
  composer: ComposerState;
  condition: Condition;
  measure: ContextMeasure | null;
  onElement: (element: HTMLTextAreaElement) => void;
}

/** Where a person writes. Typing is always possible, whatever the engine does. */
export function Composer(props: ComposerProps) {
  const app = useApp();
  const core = useCore();
  const stop = createCommand();
  const isTouch = createMediaQuery('(pointer: coarse)');
  let area: HTMLTextAreaElement | undefined;
  /** Send and Stop take each other's place, and the focus would be lost with them. On touch it would raise the keyboard. */
  const focusText = () => !isTouch() && area?.focus();
  const keepFocus = (button: HTMLButtonElement) =>
    onCleanup(() => document.activeElement === button && focusText());
  const stopActive = () => {
    const conversationId = app.conversation.id();
    const messageId = app.conversation.activeId();
    if (conversationId && messageId) void stop.run(() => core.api.stop({ conversationId, messageId }));
  };
  const failure = () => {
    const error = props.composer.command.error();
    return error ? withAdvice(error) : stop.error()?.message;
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        props.composer.submit();
        focusText();
      }}
    >
      <Show when={failure()}>
        {(text) => (
          <p class="composer-error" role="alert">
            {text()}
          </p>
        )}
      </Show>
      <div class="composer-box">
        <GrowingTextarea
          aria-label="Message"
          placeholder="Write a message"
          enterkeyhint="send"
          value={props.composer.text()}
          onText={(text) => props.composer.setText(text)}
          onEnter={() => props.composer.submit()}
          onElement={(element) => {
            area = element;
            props.onElement(element);
          }}
        />
        <Show
          when={app.conversation.activeId()}
          fallback={
            <button
              type="submit"
              class="send-button"
              aria-label="Send"
              aria-busy={props.composer.command.pending()}
              disabled={props.composer.text().trim() === ''}
            >
              <ArrowUp />
            </button>
          }
        >
          <button
            ref={keepFocus}
            type="button"
            class="send-button send-button-stop"
            aria-label="Stop"
            onClick={stopActive}
          >
            <Square />
          </button>
        </Show>
      </div>
      <Show when={props.condition.known().length > 0 || props.measure}>
        <div class="composer-foot">
          <Show when={props.condition.known().length > 0}>
            <label class="condition">
              <span>Condition</span>
              <select
                value={props.condition.chosen()}
                onChange={(event) => props.condition.choose(event.currentTarget.value)}
              >
                <For each={props.condition.known()}>
                  {(name) => (
                    <option value={name} selected={name === props.condition.chosen()}>
                      {name}
                    </option>
                  )}
                </For>
              </select>
            </label>
          </Show>
          <Show when={props.measure}>{(measure) => <ContextGauge measure={measure()} />}</Show>
        </div>
      </Show>
    </form>
  );
}
