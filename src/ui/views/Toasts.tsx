import { Toast, toaster } from '@kobalte/core/toast';
import { createEffect, Show } from 'solid-js';
import { Portal } from 'solid-js/web';
import X from 'lucide-solid/icons/x';
import type { Notice } from '../state/app-state.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';

/** Long enough to read a sentence and decide. */
const shownMs = 8000;

/** Short words about what happened, at the edge of the screen. */
export function Toasts(props: { notices: Notice[] }) {
  let shown = 0;
  createEffect(() => {
    for (const notice of props.notices.slice(shown)) {
      toaster.show((toast) => (
        <Toast as="div" toastId={toast.toastId} class="toast">
          <Toast.Title class="toast-text">{notice.text}</Toast.Title>
          <Show when={notice.undo}>
            {(undo) => (
              <button
                ref={passFocusOn}
                type="button"
                class="link-button"
                onClick={() => {
                  undo()();
                  toaster.dismiss(toast.toastId);
                }}
              >
                Undo
              </button>
            )}
          </Show>
          <Toast.CloseButton ref={passFocusOn} class="icon-button" aria-label="Dismiss">
            <X />
          </Toast.CloseButton>
        </Toast>
      ));
    }
    shown = props.notices.length;
  });
  return (
    <Portal>
      <Toast.Region duration={shownMs} limit={3}>
        <Toast.List as="div" class="toasts" />
      </Toast.Region>
    </Portal>
  );
}
