import type { EngineState } from '../shared/engine-state.ts';
import type { WatchHub } from './watch-hub.ts';

/** What every tab sees of the engine. Written by the model slot and the run loop, each its own fields. */
export interface EnginePanel {
  readonly state: EngineState;
  set(change: Partial<EngineState>): void;
}

export function makeEnginePanel(hub: WatchHub): EnginePanel {
  const panel = {
    state: {
      model: null,
      status: { type: 'idle' },
      running: null,
      queue: [],
      devicesOpened: 0,
      recoveries: 0,
    } as EngineState,
    set(change: Partial<EngineState>) {
      // A new object each time: batches that are not posted yet keep the state they were made with.
      panel.state = { ...panel.state, ...change };
      hub.publish('engine', { type: 'engine', state: panel.state });
    },
  };
  return panel;
}
