import { focusBehind } from './pass-focus-on.ts';

/** Nothing has the focus: what had it went away. */
export const isFocusLost = (): boolean =>
  document.activeElement === null || document.activeElement === document.body;

/**
 * For the content of a dialog: when it has closed, the focus goes back to where it was, or else to the dialog behind it or to the
 * message box. Kobalte gives it back only to a `Dialog.Trigger`, and these dialogs are opened from elsewhere.
 */
export function returnFocus() {
  let before: Element | null = null;
  return {
    onOpenAutoFocus() {
      before = document.activeElement;
    },
    onCloseAutoFocus() {
      if (!isFocusLost()) return;
      // Does nothing where it went away or is disabled by now.
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
      if (!isFocusLost()) return;
      focusBehind(
        [...document.querySelectorAll<HTMLElement>('[role="dialog"][data-expanded]')].at(-1) ?? null,
      );
    },
  };
}
