import { describe, expect, test } from 'vitest';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { fitAll, requireBuffers, type DeviceFigures } from '../../../src/worker/models/fit.ts';
import { adapters } from './adapters.ts';

const models = await makeCatalogue(new URL('https://host.example/')).list();
const openChat = 'OpenChat-3.5-1210-q4f32_1';
const nothingStored = new Set<string>();

function figuresOf(name: string, change: Partial<DeviceFigures> = {}): DeviceFigures {
  const adapter = adapters.find((each) => each.name.startsWith(name));
  if (!adapter) throw new Error(`There is no adapter ${name}.`);
  return { ...adapter.figures, ...change };
}
const fitOf = (id: string, figures: DeviceFigures) => fitAll(models, figures, nothingStored).get(id);

describe('a model', () => {
  test('that needs 16-bit arithmetic does not run without it, and its 32-bit twin is named', () => {
    const fit = fitOf('Llama-3.2-1B-Instruct-q4f16_1-MLC', figuresOf('NVIDIA GeForce GTX 1080 Ti'));
    expect(fit).toMatchObject({
      verdict: 'no',
      reason: 'It needs 16-bit arithmetic, which this GPU does not offer.',
      instead: { label: 'Llama 3.2 1B Instruct (q4f32_1)' },
    });
  });

  test('that may be too large for the memory is tight, and one of its family is named', () => {
    expect(fitOf(openChat, figuresOf('NVIDIA GeForce RTX 4090'))).toMatchObject({ verdict: 'tight' });
    expect(fitOf('Llama-3.1-8B-Instruct-q4f16_1-MLC', figuresOf('Intel Iris Xe'))).toMatchObject({
      verdict: 'tight',
      instead: { label: expect.stringContaining('Llama') as string },
    });
  });

  test('whose memory is the trouble has a shorter context named before other models', () => {
    const figures = figuresOf('NVIDIA GeForce GTX 1080 Ti', { memoryBytes: 5e9, isPhone: true });
    expect(fitOf('gemma-2-2b-it-q4f32_1-MLC', figures)).toMatchObject({
      verdict: 'no',
      instead: { label: 'gemma 2 2b it (1k context) (q4f32_1)' },
    });
  });

  test('for which the browser has no room does not run, unless it is here already', () => {
    const figures = figuresOf('Apple M1', { freeBytes: 1e9 });
    expect(fitOf(openChat, figures)).toMatchObject({
      verdict: 'no',
      reason: expect.stringMatching(/may store 1 GB/) as string,
    });
    expect(fitAll(models, figures, new Set([openChat])).get(openChat)?.verdict).toBe('tight');
  });

  test('of some size is slow where the processor plays the GPU, and a small one is named', () => {
    expect(fitOf('Llama-3.2-3B-Instruct-q4f32_1-MLC', figuresOf('llvmpipe'))).toMatchObject({
      verdict: 'tight',
      reason: expect.stringContaining('without a graphics card') as string,
    });
    expect(fitOf('Pocket-3M-q4f32_1', figuresOf('llvmpipe'))?.verdict).toBe('fits');
  });

  test('gets of a GPU what web-llm asks for, which is much less than there is where that is no gigabyte', () => {
    const { limits } = figuresOf('Apple M1');
    if (!limits) throw new Error('It has a GPU.');
    const fitWith = (change: object) =>
      fitOf('gemma-4-E2B-it-q4f32_1-MLC', figuresOf('Apple M1', { limits: { ...limits, ...change } }));
    expect(fitWith({})?.verdict).not.toBe('no');
    expect(fitWith({ maxStorageBufferBindingSize: 2 ** 30 - 4 })).toMatchObject({
      verdict: 'no',
      reason: 'It needs a buffer of 201.3 MB, and on this GPU a model gets 134.2 MB at most.',
    });
    const tensors = (dtype: string, format: string, nbytes: number) => ({
      records: [
        { dataPath: 'a', nbytes, records: [{ name: 'w', shape: [1], dtype, format, nbytes, byteOffset: 0 }] },
      ],
    });
    const small = { ...limits, maxBufferSize: 2 ** 30 - 4 };
    requireBuffers('It', tensors('uint32', 'raw', 2 ** 28), small);
    expect(() => requireBuffers('It', tensors('uint32', 'raw', 2 ** 29), small)).toThrow(
      'It needs a buffer of 536.9 MB, and on this GPU a model gets 268.4 MB at most: it would write nonsense.',
    );
    // On the GPU it is twice as long as in its file.
    const packed = tensors('float32', 'f32-to-bf16', 2 ** 27 + 2);
    expect(() => requireBuffers('It', packed, small)).toThrow('a buffer of 268.4 MB');
  });

  test('has no chance without a GPU', () => {
    const figures = figuresOf('Apple M1', { limits: null });
    expect(
      [...fitAll(models, figures, nothingStored).values()].every(({ verdict }) => verdict === 'no'),
    ).toBe(true);
  });
});

const signs = { fits: '+', tight: '~', no: '-' };

test('forty adapters by the whole catalogue', async () => {
  expect(adapters).toHaveLength(40);
  const lines = adapters.map(({ name, source, figures }) => {
    const fits = fitAll(models, figures, nothingStored);
    const all = models.map(({ id }) => fits.get(id)?.verdict ?? 'no');
    const counts = (['fits', 'tight', 'no'] as const).map(
      (verdict) => `${all.filter((each) => each === verdict).length} ${verdict}`,
    );
    const own = fits.get(openChat);
    const instead = own?.instead ? ` Instead: ${own.instead.label}.` : '';
    return [
      `${name}  [${source}]`,
      `  ${all.map((verdict) => signs[verdict]).join('')}`,
      `  ${counts.join(', ')}. OpenChat q4f32_1: ${own?.verdict}. ${own?.reason}${instead}`,
    ].join('\n');
  });
  const key = models.map(({ id }, index) => `${String(index + 1).padStart(3)} ${id}`);
  const text = [
    'How each model of the catalogue fits forty adapters: + fits, ~ tight, - will not run. One sign a model, in this order:',
    '',
    ...key,
    '',
    ...lines,
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot('./fit.snapshot.txt');
});
