import type { ModelSettings } from '../../shared/model-settings.ts';
import type { Engine, GenerateRequest, Sampling } from './engine.ts';

/**
 * An engine that does as a person set each model. Requests of devices and programs bring options of their own, if only empty
 * ones: what this device's person tells a model is for their own conversations.
 */
export function applySettings(engine: Engine, of: (modelId: string) => ModelSettings): Engine {
  function withSystem<R extends Pick<GenerateRequest, 'model' | 'options'>>(request: R): R {
    const { system } = of(request.model.id);
    const takesOne = request.model.engine !== 'peer' && request.options === undefined;
    return system !== undefined && takesOne ? { ...request, options: { system } } : request;
  }

  return {
    get loadedModel() {
      return engine.loadedModel;
    },
    get devicesOpened() {
      return engine.devicesOpened;
    },
    load(model, options) {
      const { contextTokens } = of(model.id);
      return engine.load(model, contextTokens === undefined ? options : { ...options, contextTokens });
    },
    unload: () => engine.unload(),
    generate: (request, signal) => engine.generate(withSystem(request), signal),
    async measure(request) {
      const { maxTokens } = of(request.model.id);
      const asSet = { ...withSystem(request), ...(maxTokens !== undefined && { maxTokens }) };
      return (await engine.measure?.(asSet)) ?? null;
    },
    readAhead: async (request, signal) => engine.readAhead?.(withSystem(request), signal),
    contextOf: async (model) => (await engine.contextOf?.(model)) ?? null,
    async defaults(model): Promise<Sampling> {
      const { temperature, topP, maxTokens } = of(model.id);
      return {
        ...(await engine.defaults(model)),
        ...(temperature !== undefined && { temperature }),
        ...(topP !== undefined && { topP }),
        ...(maxTokens !== undefined && { maxTokens }),
      };
    },
    missing: (model) => engine.missing(model),
  };
}
