import type { GenerateFor } from '../../p2p/session/host-engine.ts';
import { AppError } from '../../shared/errors.ts';
import type { OutsideRun } from './outside-run.ts';

/** Generates for paired devices. Nothing of it is stored here. */
export const makeDeviceRuns =
  (run: OutsideRun): GenerateFor =>
  ({ turns, prefix, sampling }, signal, { id: deviceId, name }) =>
    run(
      {
        client: { type: 'device', deviceId, name },
        turns,
        prefix,
        sampling,
        checkModel({ engine }) {
          if (engine !== 'webgpu') throw new AppError('no-gpu', 'That device now uses another one itself.');
        },
      },
      signal,
    );
