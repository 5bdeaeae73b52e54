import { onCleanup } from 'solid-js';

export const messageBoxId = 'message-box';

/**
 * For a control that goes away, often because it has done its work: the focus, which would be lost with it, goes on to the
 * dialog that it stands in, or to the message box.
 */
export function passFocusOn(control: HTMLElement): void {
  onCleanup(() => {
    if (!control.contains(document.activeElement)) return;
    focusBehind(control.closest<HTMLElement>('[role="dialog"]'));
  });
}

/** The dialog, if there is one, or else the message box has the focus: not that on touch, where it would raise the keyboard. */
export function focusBehind(dialog: HTMLElement | null): void {
  const isTouch = matchMedia('(pointer: coarse)').matches;
  const next = dialog ?? (isTouch ? null : document.getElementById(messageBoxId));
  next?.focus({ preventScroll: true });
}
