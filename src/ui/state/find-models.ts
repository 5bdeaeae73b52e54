import type { ModelChoice } from '../../shared/engine-state.ts';

/** What of the catalogue a person wants to see. */
export interface ModelFilter {
  query: string;
  /** Empty: all. */
  family: string;
  /** `here`: on this device's disk. `fits`: without those that are tight or will not run. */
  only: 'all' | 'fits' | 'here';
}

export const everyModel: ModelFilter = { query: '', family: '', only: 'all' };

const familyOf = ({ about, engine }: ModelChoice): string =>
  about?.family ?? (engine === 'peer' ? 'Devices' : 'Other');

/** The families that there are, in the order of the alphabet. */
export const familiesOf = (models: ModelChoice[]): string[] => [...new Set(models.map(familyOf))].sort();

/** Models that the filter lets through, what comes with Hearth first, otherwise as the catalogue has them. */
export function findModels(
  models: ModelChoice[],
  { query, family, only }: ModelFilter,
  isHere: (model: ModelChoice) => boolean = () => false,
): ModelChoice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (model: ModelChoice) => {
    const name = `${model.label} ${model.id} ${model.quantization} ${familyOf(model)}`.toLowerCase();
    return (
      words.every((word) => name.includes(word)) &&
      (family === '' || familyOf(model) === family) &&
      (only !== 'here' || isHere(model)) &&
      (only !== 'fits' || (model.fit?.verdict ?? 'fits') === 'fits')
    );
  };
  return models.filter(fits).sort((a, b) => Number(b.builtIn) - Number(a.builtIn));
}
