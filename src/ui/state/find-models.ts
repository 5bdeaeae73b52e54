import type { ModelChoice } from '../../shared/engine-state.ts';

/** Models whose name has every word of the query, what comes with Hearth first, otherwise as the catalogue has them. */
export function findModels(models: ModelChoice[], query: string): ModelChoice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (model: ModelChoice) => {
    const name = `${model.label} ${model.id} ${model.quantization}`.toLowerCase();
    return words.every((word) => name.includes(word));
  };
  return models.filter(fits).sort((a, b) => Number(b.builtIn) - Number(a.builtIn));
}
