import { describe, expect, test } from 'vitest';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { folderOf } from '../../../src/worker/models/model-files.ts';

const catalogue = makeCatalogue(new URL('https://host.example/hearth/'));

describe('the catalogue', () => {
  test('has the built-in model first, whose files lie beside the app', async () => {
    const [first] = await catalogue.list();
    expect(first).toEqual(catalogue.builtIn);
    expect(first).toMatchObject({ label: 'Pocket', builtIn: true, needsF16: false });
    const record = await catalogue.recordOf(catalogue.builtIn.id);
    expect(record?.model).toBe('https://host.example/hearth/models/pocket/resolve/9/');
    expect(record?.model_lib).toMatch(
      /^https:\/\/host\.example\/hearth\/models\/pocket\/resolve\/9\/.*\.wasm$/,
    );
  });

  test("has web-llm's chat models, with names for people", async () => {
    expect(await catalogue.find('Llama-3.1-8B-Instruct-q4f16_1-MLC-1k')).toMatchObject({
      label: 'Llama 3.1 8B Instruct (1k context)',
      quantization: 'q4f16_1',
      builtIn: false,
      needsF16: true,
    });
    const models = await catalogue.list();
    expect(models.length).toBeGreaterThan(100);
    expect(models.every(({ quantization }) => quantization !== 'unknown')).toBe(true);
    expect(models.every(({ gpuBytes }) => gpuBytes !== null && gpuBytes > 2 ** 20)).toBe(true);
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
    expect(models.some(({ id }) => /embed|vision/.test(id))).toBe(false);
  });

  test('does not know what is not in it', async () => {
    expect(await catalogue.find('none')).toBeNull();
    expect(await catalogue.recordOf('none')).toBeNull();
  });
});

test.for([
  ['https://huggingface.co/a/b', 'https://huggingface.co/a/b/resolve/main/'],
  ['https://host.example/models/pocket/resolve/9/', 'https://host.example/models/pocket/resolve/9/'],
])('the files of %s are at %s', ([model = '', folder]) => {
  expect(folderOf({ model, model_id: '', model_lib: '' }).href).toBe(folder);
});
