import type { EngineState } from '../shared/engine-state.ts';

/** What every tab sees of the engine. Written by the model slot and the run loop, each its own fields. */
export interface EnginePanel {
  readonly state: EngineState;
  set(change: Partial<EngineState>): void;
}

export function makeEnginePanel(onChange: (state: EngineState) => void): EnginePanel {
  const panel = {
    state: {
      model: null,
      status: { type: 'idle' },
      running: null,
      queue: [],
      devicesOpened: 0,
      recoveries: 0,
      warming: null,
      idleMinutes: null,
    } as EngineState,
    set(change: Partial<EngineState>) {
      // A new object each time: batches that are not posted yet keep the state they were made with.
      panel.state = { ...panel.state, ...change };
      onChange(panel.state);
    },
  };
  return panel;
}

/** The GPU device was lost under a run; the model is about to be loaded again. */
export function noteDeviceLoss(panel: EnginePanel): void {
  panel.set({ status: { type: 'recovering' }, recoveries: panel.state.recoveries + 1 });
}
