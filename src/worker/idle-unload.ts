import type { EngineState } from '../shared/engine-state.ts';
import type { Clock } from './clock.ts';
import type { EnginePanel } from './engine-panel.ts';
import type { Store } from './store/store.ts';

const settingKey = 'idle-minutes';
const usualMinutes = 30;
/** A day. */
const mostMinutes = 1440;

export interface IdleUnloadOptions {
  clock: Clock;
  store: Pick<Store, 'getSetting' | 'putSetting'>;
  panel: EnginePanel;
  isBusy(): boolean;
  unload(): Promise<void>;
}

/** Frees the GPU once nobody has asked anything for a while. The next run loads the model again. */
export interface IdleUnload {
  open(): Promise<void>;
  /** Null: never. */
  setMinutes(minutes: number | null): Promise<void>;
  follow(state: EngineState): void;
  close(): void;
}

export function makeIdleUnload({ clock, store, panel, isBusy, unload }: IdleUnloadOptions): IdleUnload {
  let minutes: number | null = usualMinutes;
  let stopTimer: (() => void) | null = null;

  function stop(): void {
    stopTimer?.();
    stopTimer = null;
  }
  function show(): void {
    stop();
    panel.set({ idleMinutes: minutes });
  }

  return {
    async open() {
      const text = await store.getSetting(settingKey);
      if (text === 'never') minutes = null;
      else if (text !== null && /^\d{1,4}$/.test(text))
        minutes = Math.min(mostMinutes, Math.max(1, Number(text)));
      show();
    },

    async setMinutes(next) {
      const wanted = next === null ? null : Math.min(mostMinutes, Math.max(1, Math.round(next)));
      await store.putSetting(settingKey, wanted === null ? 'never' : String(wanted));
      minutes = wanted;
      show();
    },

    follow({ model, status, running, queue }) {
      const isIdle =
        status.type === 'ready' && model?.engine === 'webgpu' && running === null && queue.length === 0;
      if (!isIdle || minutes === null) return stop();
      // The state changes for many reasons; the time runs since the last use.
      stopTimer ??= clock.after(minutes * 60_000, () => {
        stopTimer = null;
        if (!isBusy()) void unload();
      });
    },

    close: stop,
  };
}
