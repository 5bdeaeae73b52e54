import type { ApprovalRequest } from '../../p2p/session/host-device.ts';
import type { Approval, ApprovalView } from '../../shared/devices-state.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';

/** A question that nobody answers for so long is answered with no. */
const patienceMs = 120_000;

/** Questions to this device's person: may that device come in? */
export interface Approvals {
  readonly views: ApprovalView[];
  /** Resolves with the person's decision; the device's going away takes the question back. */
  ask(request: ApprovalRequest, signal: AbortSignal): Promise<Approval>;
  decide(id: DeviceId, approval: Approval): void;
}

export function makeApprovals(clock: Clock, onChange: () => void): Approvals {
  const open = new Map<DeviceId, { view: ApprovalView; decide(approval: Approval): void }>();

  return {
    get views() {
      return [...open.values()].map(({ view }) => view);
    },
    ask(view, signal) {
      // It may have gone while its name was compared with others'.
      if (signal.aborted) return Promise.resolve('deny');
      return new Promise((resolve) => {
        const decide = (approval: Approval): void => {
          stopTimer();
          signal.removeEventListener('abort', onGone);
          open.delete(view.id);
          onChange();
          resolve(approval);
        };
        const onGone = (): void => decide('deny');
        const stopTimer = clock.after(patienceMs, onGone);
        signal.addEventListener('abort', onGone);
        open.set(view.id, { view, decide });
        onChange();
      });
    },
    decide: (id, approval) => open.get(id)?.decide(approval),
  };
}
