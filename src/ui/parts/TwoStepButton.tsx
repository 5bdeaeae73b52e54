import { createSignal, Show } from 'solid-js';
import { passFocusOn } from '../state/pass-focus-on.ts';

export interface TwoStepButtonProps {
  /** What the first press asks about. */
  label: string;
  /** Its name, where the label says too little. */
  name?: string | undefined;
  disabled?: boolean;
  /** What is lost by it, in a sentence. */
  warning?: string;
  /** What the second press does, in full. */
  confirm: string;
  keep: string;
  onConfirm: () => void;
}

/** A button for what cannot be undone: pressed once it asks, and the focus goes with the question. */
export function TwoStepButton(props: TwoStepButtonProps) {
  const [isAsking, setAsking] = createSignal(false);
  let first: HTMLButtonElement | undefined;
  let second: HTMLButtonElement | undefined;
  const ask = () => {
    setAsking(true);
    second?.focus();
  };
  const end = () => {
    setAsking(false);
    first?.focus();
  };
  return (
    <span class="two-step" ref={passFocusOn}>
      <Show
        when={isAsking()}
        fallback={
          <button
            type="button"
            class="button danger"
            aria-label={props.name}
            disabled={props.disabled}
            ref={(button) => (first = button)}
            onClick={ask}
          >
            {props.label}
          </button>
        }
      >
        <Show when={props.warning}>
          <span>{props.warning}</span>
        </Show>
        <button
          type="button"
          class="button danger"
          ref={(button) => (second = button)}
          // It comes to the place of the first, and to its focus: a double-click, or a key held down, asks and no more.
          onKeyDown={(event) => event.repeat && event.preventDefault()}
          onClick={(event) => {
            if (event.detail > 1) return;
            end();
            props.onConfirm();
          }}
        >
          {props.confirm}
        </button>
        <button type="button" class="button" onClick={end}>
          {props.keep}
        </button>
      </Show>
    </span>
  );
}
