import { onCleanup } from 'solid-js';

export interface Shortcuts {
  /** Something lies over what they act on: they are left to the browser then. */
  isCovered(): boolean;
  onSearch(): void;
  onNewChat(): void;
}

/** Ctrl+K or Cmd+K searches; with Shift, O begins a new chat. */
export function createShortcuts(shortcuts: Shortcuts): void {
  const onKey = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const act =
      key === 'k' && !event.shiftKey
        ? shortcuts.onSearch
        : key === 'o' && event.shiftKey
          ? shortcuts.onNewChat
          : null;
    if (!act || shortcuts.isCovered()) return;
    event.preventDefault();
    act();
  };
  addEventListener('keydown', onKey);
  onCleanup(() => removeEventListener('keydown', onKey));
}
