import { READ_PER_WRITTEN } from '../../p2p/session/limits.ts';
import { AppError } from '../../shared/errors.ts';
import type { ServerProblemKind } from '../../shared/servers-state.ts';
import { BrokenOff, ServerFailure } from '../servers/server-failure.ts';

/**
 * Losses that one run survives. A third of the GPU points at the model being too big for it; a host may come and go as
 * often as it likes, as long as it answers something each time. A server that breaks off may do so for ever, and be paid for it.
 */
const maxLosses = 2;

/** Why a run was told to end. */
export type StopReason = 'stopped' | 'interrupted';

export type Loss = 'gpu-lost' | 'host-lost';

/** What a person has to see to, or time: a server that says when to come again was waited for. */
const lasting: ServerProblemKind[] = ['unauthorized', 'forbidden', 'wrong-path', 'busy'];

/** Null for what another attempt would not mend. */
function lossOf(error: unknown): Loss | null {
  if (!(error instanceof AppError) || (error instanceof BrokenOff && !error.canGoOn)) return null;
  if (error instanceof ServerFailure && lasting.includes(error.kind)) return null;
  return error.code === 'gpu-lost' || error.code === 'host-lost' ? error.code : null;
}

/** Counts the tokens of one run over all its attempts. */
export interface Meter {
  /** Written. */
  tokens: number;
  /** Of prompts, read into the KV cache. */
  read: number;
}

/** What a run costs in the fair queue, in written tokens: who asks long questions with short answers uses the GPU too. */
export const costOf = ({ tokens, read }: Meter): number => tokens + read / READ_PER_WRITTEN;

/**
 * Tries again when the GPU or the host goes away under a run. Each attempt must go on after the text that there is.
 * Rejects with what else goes wrong.
 */
export async function surviveLosses(
  attempt: () => Promise<void>,
  meter: Readonly<Meter>,
  signal: AbortSignal,
  onLoss: (loss: Loss) => void,
): Promise<void> {
  let losses = 0;
  let tokensBefore = 0;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      const loss = lossOf(error);
      const isDevice = loss === 'host-lost' && !(error instanceof BrokenOff);
      losses = isDevice && meter.tokens > tokensBefore ? 1 : losses + 1;
      tokensBefore = meter.tokens;
      if (loss === null || losses > maxLosses || signal.aborted) throw error;
      onLoss(loss);
    }
  }
}
