import { createSignal } from 'solid-js';

/** Whether a dialog is open, and whether it ever was: its code is loaded when it is first opened and kept for its way out. */
export function createDialog() {
  const [isOpen, setOpen] = createSignal(false);
  const [wasOpened, setWasOpened] = createSignal(false);
  return {
    isOpen,
    wasOpened,
    open() {
      setWasOpened(true);
      setOpen(true);
    },
    close: () => setOpen(false),
    /** Its code could not be had. */
    forget() {
      setOpen(false);
      setWasOpened(false);
    },
  };
}
