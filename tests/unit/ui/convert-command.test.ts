import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convertCommand } from '../../../src/ui/views/models/convert-command.ts';
import { libraries, ourModels } from '../../../src/worker/models/our-models.ts';

test.each(ourModels)('$id: the command makes what its library was compiled for', (model) => {
  const words = convertCommand(model)?.split(' ') ?? [];
  const option = (name: string) => words[words.indexOf(name) + 1];
  const path = libraries.find((library) => library.modelId === model.id)?.path ?? '';
  const wasm = readFileSync(join('public/models', path), 'latin1');
  expect(words.slice(0, 5)).toEqual(['npm', 'run', 'modelc', '--', 'convert']);
  expect(wasm).toContain(`"quantization": "${option('--quantization')}"`);
  expect(wasm).toContain(`"context_window_size": ${option('--context')},`);
  // What the tool takes when nothing is asked for.
  expect(wasm).toContain('"prefill_chunk_size": 1024,');
});

test('a model of another family has no command', () => {
  const [model] = ourModels;
  if (!model?.about) throw new Error('There is no model.');
  expect(convertCommand({ ...model, about: { ...model.about, family: 'Bloom' } })).toBeNull();
});
