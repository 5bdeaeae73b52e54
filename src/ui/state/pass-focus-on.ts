import { onCleanup } from 'solid-js';

export const messageBoxId = 'message-box';

/**
 * For a control that goes away once it has done its work: the focus, which would be lost with it, goes on to the message box.
 * Not on touch, where it would raise the keyboard.
 */
export function passFocusOn(control: HTMLElement): void {
  onCleanup(() => {
    if (!control.contains(document.activeElement) || matchMedia('(pointer: coarse)').matches) return;
    document.getElementById(messageBoxId)?.focus({ preventScroll: true });
  });
}
