import { createEffect, onCleanup, type Accessor } from 'solid-js';

/**
 * Keeps the screen on, and with it the device awake, while `isNeeded`. The browser takes it away when the page is
 * hidden, so it is asked again when it is seen. Silently nothing where there is no Wake Lock API (insecure origins).
 */
export function keepAwake(isNeeded: Accessor<boolean>): void {
  const { wakeLock } = navigator as { wakeLock?: WakeLock };
  if (wakeLock === undefined) return;
  createEffect(() => {
    if (!isNeeded()) return;
    let isOver = false;
    let held: WakeLockSentinel | null = null;
    const take = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        const sentinel = await wakeLock.request('screen');
        if (isOver) await sentinel.release();
        else held = sentinel;
      } catch {
        // Low battery, or not allowed here: the device may fall asleep, and the guests see that.
      }
    };
    const onVisible = () => void take();
    document.addEventListener('visibilitychange', onVisible);
    void take();
    onCleanup(() => {
      isOver = true;
      document.removeEventListener('visibilitychange', onVisible);
      void held?.release().catch(() => {});
    });
  });
}
