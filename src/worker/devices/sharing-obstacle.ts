import type { HostObstacle } from '../../p2p/session/messages.ts';
import type { EngineState } from '../../shared/engine-state.ts';
import { assertNever } from '../../shared/errors.ts';

/** Why this device has no GPU for others: a code for them, a sentence for its own person. */
export interface SharingObstacle {
  code: HostObstacle;
  sentence: string;
}

/** Null when its model is its own, ready or not. */
export function sharingObstacle({
  model,
  status,
}: Pick<EngineState, 'model' | 'status'>): SharingObstacle | null {
  if (model?.engine === 'peer')
    return { code: 'uses-device', sentence: 'This device uses the GPU of another one itself.' };
  // What other devices write would leave this house, and they were told that it stays here.
  if (model?.engine === 'http') {
    return {
      code: 'uses-server',
      sentence: 'This device uses a server. Choose a model of its own to share it.',
    };
  }
  return status.type === 'missing' ? { code: 'no-gpu', sentence: status.reason } : null;
}

/** The same, told to the person at a guest. */
export function hostObstacleWords(code: HostObstacle): string {
  switch (code) {
    case 'no-gpu':
      return 'Its browser has no GPU to answer with. Open Hearth there to see why.';
    case 'uses-server':
      return 'It uses a server now. This goes on when a model of its own is chosen there.';
    case 'uses-device':
      return 'It uses the GPU of another device now. This goes on when a model of its own is chosen there.';
    default:
      return assertNever(code);
  }
}
