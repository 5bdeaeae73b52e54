import { createComputed, createMemo, createSignal, createUniqueId, Show } from 'solid-js';
import { foldText } from '../state/fold-text.ts';

export interface FoldedTextProps {
  text: string;
  /** A search led to it: what was found may stand at its end. */
  isFound: boolean;
  /** On paper nothing can be asked for. */
  isPrinted: boolean;
  onUnfold: () => void;
}

/** What a person wrote, exactly as typed; of a long text, such as a file, the beginning until all of it is asked for. */
export function FoldedText(props: FoldedTextProps) {
  const [isOpen, setOpen] = createSignal(false);
  const beginning = createMemo(() => foldText(props.text));
  const id = createUniqueId();
  let button: HTMLButtonElement | undefined;
  // Before any effect: whoever scrolls to it finds it as high as it will be.
  createComputed(() => props.isFound && setOpen(true));
  const isFolded = () => beginning() !== null && !isOpen() && !props.isPrinted;
  const toggle = () => {
    if (!isOpen()) {
      props.onUnfold();
      setOpen(true);
      return;
    }
    setOpen(false);
    // With all that was above it gone, it may be off the screen.
    button?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <>
      <p class="message-text" id={id} dir="auto">
        {isFolded() ? `${beginning()}…` : props.text}
      </p>
      <Show when={beginning() !== null}>
        <button
          type="button"
          class="link-button message-fold"
          aria-expanded={isOpen()}
          aria-controls={id}
          ref={(element) => (button = element)}
          onClick={toggle}
        >
          {isOpen() ? 'Show less' : 'Show all'}
        </button>
      </Show>
    </>
  );
}
