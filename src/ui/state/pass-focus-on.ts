import { onCleanup } from 'solid-js';

export const messageBoxId = 'message-box';

/**
 * For a control that goes away, often because it has done its work: the focus, which would be lost with it, goes on to the
 * dialog that it stands in, or to the message box. Not to that on touch, where it would raise the keyboard.
 */
export function passFocusOn(control: HTMLElement): void {
  onCleanup(() => {
    if (!control.contains(document.activeElement)) return;
    const dialog = control.closest<HTMLElement>('[role="dialog"]');
    const isTouch = matchMedia('(pointer: coarse)').matches;
    const next = dialog ?? (isTouch ? null : document.getElementById(messageBoxId));
    next?.focus({ preventScroll: true });
  });
}
