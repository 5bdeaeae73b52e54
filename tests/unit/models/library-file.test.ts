import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { libraries } from '../../../src/worker/models/our-models.ts';
import { readLibrary } from '../../../src/worker/models/library-file.ts';

test('a library full of beginnings of metadata is looked through once, not once for each', async () => {
  const path = libraries.find(({ modelId }) => modelId.startsWith('Pocket'))?.path ?? '';
  const library = await readFile(new URL(`../../../public/models/${path}`, import.meta.url));
  const text = new TextEncoder().encode('{"model_type"'.repeat(40_000));
  // A custom section with a name of one letter, after the magic number and the version. Sizes are LEB128.
  const size = text.length + 2;
  const leb = [(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14];
  const section = [new Uint8Array([0, ...leb, 1, 120]), text];
  const parts = [library.subarray(0, 8), ...section, library.subarray(8)];
  const { metadata } = await readLibrary('library', await new Blob(parts).arrayBuffer());
  expect(metadata?.quantization).toBe('q4f32_1');
});
