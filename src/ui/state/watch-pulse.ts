const beatMs = 5_000;
const patienceMs = 10_000;

/**
 * Calls `onDeath` once, when a call stays without an answer for ten seconds of this page's being awake and seen. For
 * origins without Web Locks only, such as a phone's at a plain HTTP address.
 */
export function watchPulse(call: () => Promise<unknown>, onDeath: () => void): void {
  const beat = async (): Promise<void> => {
    if (document.visibilityState !== 'visible') {
      // A hidden page is throttled, and so would be the answer.
      document.addEventListener('visibilitychange', () => void beat(), { once: true });
      return;
    }
    const timer = setTimeout(onDeath, patienceMs);
    await call().catch(() => {});
    clearTimeout(timer);
    setTimeout(() => void beat(), beatMs);
  };
  void beat();
}
