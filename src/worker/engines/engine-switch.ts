import type { ModelChoice } from '../../shared/engine-state.ts';
import type { Engine } from './engine.ts';

/** One engine in front of several: each model says which of them runs it. Only one holds a model at a time. */
export function makeEngineSwitch(engines: Record<ModelChoice['engine'], Engine>): Engine {
  const all = Object.values(engines);
  const of = (model: ModelChoice): Engine => engines[model.engine];
  return {
    get loadedModel() {
      return all.find((engine) => engine.loadedModel !== null)?.loadedModel ?? null;
    },
    async load(model, options) {
      // Also one that has lost its model: its buffers may still be there.
      for (const engine of all) if (engine !== of(model)) await engine.unload();
      await of(model).load(model, options);
    },
    async unload() {
      for (const engine of all) await engine.unload();
    },
    generate: (request, signal) => of(request.model).generate(request, signal),
    measure: async (request) => (await of(request.model).measure?.(request)) ?? null,
    readAhead: async (request, signal) => of(request.model).readAhead?.(request, signal),
    contextOf: async (model) => (await of(model).contextOf?.(model)) ?? null,
    get devicesOpened() {
      return all.reduce((sum, engine) => sum + engine.devicesOpened, 0);
    },
    defaults: (model) => of(model).defaults(model),
    missing: (model) => of(model).missing(model),
  };
}
