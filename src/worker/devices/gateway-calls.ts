import type { Link } from '../../p2p/link/link.ts';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';

/** A page has its own, shorter limit; this one is for a page that dies meanwhile. */
const dialMs = 15_000;

export interface Call {
  resolve(link: Link): void;
  reject(error: AppError): void;
}

/** Data channels that were asked of a tab and are not there yet. Each is settled once, and then forgotten. */
export interface GatewayCalls<Tab> {
  /** Rejects with an `AppError`, `link-failed`, when it takes too long or is aborted; the tab is told then. */
  begin(
    tab: Tab,
    signal: AbortSignal,
    tell: { dial(call: number): void; cancel(call: number): void },
  ): Promise<Link>;
  /** Undefined for a call that is over, or is another tab's. */
  find(tab: Tab, call: number): Call | undefined;
  /** Rejects all that this tab was asked for. */
  lose(tab: Tab): void;
}

export function makeGatewayCalls<Tab>(clock: Clock): GatewayCalls<Tab> {
  const calls = new Map<number, Call & { tab: Tab }>();
  let last = 0;

  return {
    begin(tab, signal, { dial, cancel }) {
      return new Promise((resolve, reject) => {
        const number = ++last;
        const finish = (): void => {
          calls.delete(number);
          stopTimer();
          signal.removeEventListener('abort', onAbort);
        };
        const call = {
          tab,
          resolve(link: Link) {
            finish();
            resolve(link);
          },
          reject(error: AppError) {
            finish();
            reject(error);
          },
        };
        const giveUp = (message: string): void => {
          cancel(number);
          call.reject(new AppError('link-failed', message));
        };
        const onAbort = (): void => giveUp('The attempt was given up.');
        const stopTimer = clock.after(dialMs, () => giveUp('The other device did not answer in time.'));
        calls.set(number, call);
        signal.addEventListener('abort', onAbort);
        dial(number);
      });
    },
    find(tab, number) {
      const call = calls.get(number);
      return call?.tab === tab ? call : undefined;
    },
    lose(tab) {
      for (const call of calls.values()) {
        if (call.tab === tab)
          call.reject(new AppError('link-failed', 'The tab that made the connection was closed.'));
      }
    },
  };
}
