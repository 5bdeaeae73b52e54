import type { Random } from './bytes.ts';
import type { Clock } from './clock.ts';
import { MAX_CODE_FAILURES, PAIRING_MS } from './limits.ts';
import type { PairingOffer } from './pairing-offer.ts';
import { SECRET_BYTES } from './pairing-offer.ts';

/** What the person at the host sees while a device may be added. */
export interface PairingView {
  offer: PairingOffer;
  /** Eight digits to type; null after too many wrong ones. */
  code: string | null;
  expiresAt: number;
}

export interface PairingWindow {
  /** Null when closed: expired, used, or never opened. */
  readonly view: PairingView | null;
  /** Opens afresh; what was offered before is void. */
  open(routeId: string, hostKey: Uint8Array): PairingView;
  close(): void;
  /** The code, for one attempt: a new one takes its place at once, so every guess is at another code. */
  takeCode(): string | null;
  codeFailed(): void;
  /** A device proved the secret or a code: nobody else may. False when somebody was faster. */
  use(): boolean;
}

/** Uniform: the few highest numbers, which would favour low codes, are drawn again. */
function makeCode(random: Random): string {
  const codes = 100_000_000;
  const fair = Math.floor(2 ** 32 / codes) * codes;
  for (;;) {
    const bytes = random(4);
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (number < fair) return (number % codes).toString().padStart(8, '0');
  }
}

export function makePairingWindow(
  clock: Clock,
  random: Random,
  onChange: (view: PairingView | null) => void,
): PairingWindow {
  let view: PairingView | null = null;
  let failures = 0;
  let stopTimer = () => {};

  /** A timer stands still while the computer sleeps; the window does not. */
  const current = () => (view !== null && clock.now() < view.expiresAt ? view : null);
  const change = (next: PairingView | null) => {
    view = next;
    onChange(next);
  };
  const close = () => {
    stopTimer();
    if (view !== null) change(null);
  };

  return {
    get view() {
      return current();
    },
    open(routeId, hostKey) {
      stopTimer();
      failures = 0;
      const opened: PairingView = {
        offer: { routeId, hostKey, secret: random(SECRET_BYTES) },
        code: makeCode(random),
        expiresAt: clock.now() + PAIRING_MS,
      };
      stopTimer = clock.after(PAIRING_MS, close);
      change(opened);
      return opened;
    },
    close,
    takeCode() {
      const open = current();
      if (open === null || open.code === null) return null;
      change({ ...open, code: makeCode(random) });
      return open.code;
    },
    codeFailed() {
      failures += 1;
      // The QR code's 128 bits cannot be guessed, so they stay good.
      if (view !== null && failures >= MAX_CODE_FAILURES) change({ ...view, code: null });
    },
    use() {
      const isOpen = current() !== null;
      close();
      return isOpen;
    },
  };
}
