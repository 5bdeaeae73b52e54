import ArrowUp from 'lucide-solid/icons/arrow-up';
import Paperclip from 'lucide-solid/icons/paperclip';
import Square from 'lucide-solid/icons/square';
import { createEffect, For, on, Show } from 'solid-js';
import type { ContextMeasure } from '../../shared/core-api.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import { ContextGauge } from '../parts/ContextGauge.tsx';
import { GrowingTextarea } from '../parts/GrowingTextarea.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useApp } from '../state/app-state.ts';
import { createCommand } from '../state/create-command.ts';
import { createFileDrop } from '../state/create-file-drop.ts';
import { createMediaQuery } from '../state/create-media-query.ts';
import type { Condition } from '../state/create-condition.ts';
import type { Composer as ComposerState } from '../state/create-composer.ts';
import { withAdvice } from '../state/error-advice.ts';
import { readTextFile, withFile } from '../state/file-text.ts';
import { messageBoxId, passFocusOn } from '../state/pass-focus-on.ts';
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
  const reading = createCommand();
  const isTouch = createMediaQuery('(pointer: coarse)');
  let area: HTMLTextAreaElement | undefined;
  let fileInput: HTMLInputElement | undefined;
  /** On touch it would raise the keyboard. */
  const focusText = () => !isTouch() && area?.focus();
  const stopActive = () => {
    const conversationId = app.conversation.id();
    const messageId = app.conversation.activeId();
    if (conversationId && messageId) void stop.run(() => core.api.stop({ conversationId, messageId }));
  };
  /** Files that are still to be read, each with the draft it was added to: the person may be elsewhere by then. */
  const waiting: { file: File; changeDraft: ReturnType<ComposerState['holdDraft']> }[] = [];
  const readWaiting = async () => {
    const refusals: string[] = [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { file, changeDraft } = next;
      try {
        const text = await readTextFile(file);
        changeDraft((draft) => withFile(draft, file.name, text));
      } catch (error) {
        refusals.push(asAppError(error, 'bad-input', `${file.name} could not be read.`).message);
      }
    }
    if (refusals.length > 0) throw new AppError('bad-input', refusals.join(' '));
    focusText();
  };
  // Called by events only; the rule does not see that through the command.
  // oxlint-disable-next-line solid/reactivity
  const addFiles = (files: File[]) => {
    const changeDraft = props.composer.holdDraft();
    waiting.push(...files.map((file) => ({ file, changeDraft })));
    // While it runs, what was added is read in the same run.
    void reading.run(readWaiting);
  };
  createFileDrop(addFiles);
  const dismiss = () => {
    stop.dismiss();
    reading.dismiss();
  };
  const submit = () => {
    dismiss();
    props.composer.submit();
  };
  const isEmpty = () => props.composer.text().trim() === '';
  // What went wrong in one conversation is nothing to the next.
  createEffect(on(app.conversation.id, dismiss, { defer: true }));
  const failure = () => {
    const error = props.composer.command.error();
    return error ? withAdvice(error) : (stop.error() ?? reading.error())?.message;
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
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
        <IconButton class="composer-add" label="Add a text file" onClick={() => fileInput?.click()}>
          <Paperclip />
        </IconButton>
        <input
          type="file"
          hidden
          multiple
          aria-label="Text files"
          ref={(element) => (fileInput = element)}
          onChange={(event) => {
            addFiles([...(event.currentTarget.files ?? [])]);
            // The same file can be chosen again.
            event.currentTarget.value = '';
          }}
        />
        <GrowingTextarea
          id={messageBoxId}
          aria-label="Message"
          placeholder="Write a message"
          enterName="send"
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            // Copied from a document, text comes with a picture of itself.
            if (files.length === 0 || event.clipboardData?.types.includes('text/plain')) return;
            event.preventDefault();
            addFiles(files);
          }}
          value={props.composer.text()}
          onText={(text) => props.composer.setText(text)}
          onEnter={submit}
          onElement={(element) => {
            area = element;
            props.onElement(element);
          }}
        />
        <Show when={app.conversation.activeId()}>
          <button
            ref={passFocusOn}
            type="button"
            class="send-button send-button-stop"
            aria-label="Stop"
            // It comes to the place of Send: the second half of a double-click on that stops nothing.
            onClick={(event) => event.detail < 2 && stopActive()}
          >
            <Square />
          </button>
        </Show>
        {/* Beside Stop, too: on touch there is no other way to send the next message. */}
        <Show when={!app.conversation.activeId() || !isEmpty()}>
          <button
            ref={passFocusOn}
            type="submit"
            class="send-button"
            aria-label="Send"
            aria-busy={props.composer.command.pending() || props.composer.isWaiting()}
            title={props.composer.isWaiting() ? 'Waits until this chat is open' : undefined}
            disabled={isEmpty() || props.composer.isWaiting()}
          >
            <ArrowUp />
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
