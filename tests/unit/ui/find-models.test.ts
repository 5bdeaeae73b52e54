import { expect, test } from 'vitest';
import { everyModel, familiesOf, findModels } from '../../../src/ui/state/find-models.ts';
import { pocket } from '../../support/scripted-state.ts';

const model = (label: string, quantization = 'q4f16_1') => ({
  ...pocket,
  id: label,
  label,
  quantization,
  builtIn: false,
});
const models = [model('Llama 3B'), model('Qwen 3B', 'q4f32_1'), pocket, model('Llama 1B')];
const names = (query: string) => findModels(models, { ...everyModel, query }).map((found) => found.label);

test('what is built in comes first, the rest as the catalogue has it', () => {
  expect(names('')).toEqual(['Pocket', 'Llama 3B', 'Qwen 3B', 'Llama 1B']);
});

test('every word must be there', () => {
  expect(names('3b llama')).toEqual(['Llama 3B']);
  expect(names('q4f32')).toEqual(['Pocket', 'Qwen 3B']);
  expect(names('none')).toEqual([]);
});

test('a family, what fits, and what is on this device', () => {
  const about = { family: 'Qwen' } as NonNullable<typeof pocket.about>;
  const instead = null;
  const some = [
    { ...model('A'), about, fit: { verdict: 'no' as const, reason: '', instead } },
    { ...model('B'), about, fit: { verdict: 'fits' as const, reason: '', instead } },
    model('C'),
  ];
  const labels = (filter: Partial<typeof everyModel>) =>
    findModels(some, { ...everyModel, ...filter }, ({ id }) => id === 'A').map(({ label }) => label);
  expect(familiesOf(some)).toEqual(['Other', 'Qwen']);
  expect(labels({ family: 'Qwen' })).toEqual(['A', 'B']);
  expect(labels({ only: 'fits' })).toEqual(['B', 'C']);
  expect(labels({ only: 'here' })).toEqual(['A']);
});
