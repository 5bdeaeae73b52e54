import { Dialog } from '@kobalte/core/dialog';
import X from 'lucide-solid/icons/x';
import { Show, type JSX } from 'solid-js';
import { createCloseWatcher } from '../state/create-close-watcher.ts';
import { isComposing } from '../state/is-composing.ts';
import { returnFocus } from '../state/return-focus.ts';
import '../styles/dialog.css';

export interface DialogFrameProps {
  title: string;
  /** Read aloud with the title. */
  description?: string | undefined;
  /** What its own styles know it by. */
  class: string;
  isOpen: boolean;
  onClose: () => void;
  children: JSX.Element;
}

/** A dialog with a title and a way out. */
export function DialogFrame(props: DialogFrameProps) {
  const focus = returnFocus();
  createCloseWatcher(
    () => props.isOpen,
    () => props.onClose(),
  );
  return (
    <Dialog open={props.isOpen} onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay class="dialog-scrim" />
        <div class="dialog-place">
          <Dialog.Content
            class={`dialog ${props.class}`}
            onEscapeKeyDown={(event) => {
              if (isComposing(event)) event.preventDefault();
            }}
            {...focus}
          >
            <div class="dialog-top">
              <Dialog.Title class="dialog-title">{props.title}</Dialog.Title>
              <Dialog.CloseButton class="icon-button" aria-label="Close">
                <X />
              </Dialog.CloseButton>
            </div>
            <Show when={props.description}>
              <Dialog.Description class="dialog-text">{props.description}</Dialog.Description>
            </Show>
            {props.children}
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog>
  );
}
