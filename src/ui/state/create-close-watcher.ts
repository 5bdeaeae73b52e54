import { createEffect, onCleanup, type Accessor } from 'solid-js';

/**
 * On a phone, Back closes what lies over the page instead of leaving it. Where the browser does not tell of it
 * (`CloseWatcher`: Chromium so far), the buttons are left, and Escape, which a watcher also hears unless somebody has taken it.
 */
export function createCloseWatcher(isOpen: Accessor<boolean>, close: () => void): void {
  createEffect(() => {
    if (!isOpen() || !('CloseWatcher' in globalThis)) return;
    const watcher = new CloseWatcher();
    watcher.onclose = close;
    onCleanup(() => watcher.destroy());
  });
}
