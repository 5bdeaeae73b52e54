import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/worker/clock.ts';
import { findLibrary } from '../../../src/worker/models/find-library.ts';
import { differenceOf } from '../../../src/worker/models/hyperparameters.ts';
import type { FolderReader } from '../../../src/worker/models/folder-reader.ts';
import { libraries } from '../../../src/worker/models/our-models.ts';
import { fetchPublic } from '../../support/read-folder.ts';

const tools = {
  appBase: new URL('http://localhost/'),
  fetch: fetchPublic,
  clock: systemClock,
  signal: new AbortController().signal,
};

/** Finds the library for weights with the tensors of one of our models, where mlc-chat-config.json has this text. */
async function find(
  modelId: string,
  chat: string | null,
  beside: Record<string, Blob> = {},
  atAddress = false,
) {
  const ours = libraries.find((library) => library.modelId === modelId);
  const tensors = Object.entries(ours?.tensors ?? {}).map(
    ([name, [shape, dtype]]) => [name, { shape, dtype }] as const,
  );
  const files = { ...beside, ...(chat === null ? {} : { 'mlc-chat-config.json': new Blob([chat]) }) };
  const reader: FolderReader = {
    origin: 'picked',
    base: null,
    names: atAddress ? null : Object.keys(files),
    read: async (name) => new Map(Object.entries(files)).get(name) ?? null,
  };
  const problems: string[] = [];
  const found = await findLibrary(reader, new Map(tensors), tools, problems);
  expect(found === null).toBe(problems.length > 0);
  return { found: found?.modelId ?? found?.name ?? null, problems };
}

const config = (numbers: unknown): string => JSON.stringify({ model_config: numbers });
const smolLm2 = 'SmolLM2-135M-Instruct-q4f32_1';
const openChat = 'OpenChat-3.5-1210-q4f32_1';
const llama3 = {
  rope_type: 'llama3',
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};

describe("our library for a folder's weights", () => {
  test.for<[string, string, string | null]>([
    ['of the same model', smolLm2, config({ rms_norm_eps: 1e-5, rope_theta: 1e5, rope_scaling: null })],
    ['without a word on it', smolLm2, config({ head_dim: 64 })],
    ['without such a part', smolLm2, '{}'],
    ['with a configuration that is no JSON', smolLm2, '{'],
    ['without a configuration', smolLm2, null],
    ['trained with a window that the library leaves out', openChat, config({ sliding_window_size: 4096 })],
  ])('%s', async ([, id, chat]) => {
    expect(await find(id, chat)).toEqual({ found: id, problems: [] });
  });

  test.for<[object, string]>([
    [{ rope_theta: 1e4 }, 'rope_theta is 100000, and mlc-chat-config.json says 10000'],
    [{ position_embedding_base: 1e4 }, 'rope_theta is 100000, and mlc-chat-config.json says 10000'],
    [{ rms_norm_eps: 1e-6 }, 'rms_norm_eps is 0.00001, and mlc-chat-config.json says 0.000001'],
    [{ rope_scaling: llama3 }, 'rope_scaling is none, and mlc-chat-config.json says 8, 1, 4, 64'],
  ])('is not taken where it computes something else: %j', async ([numbers, said]) => {
    expect(await find(smolLm2, config(numbers))).toEqual({
      found: null,
      problems: [
        `SmolLM2-135M-Instruct-q4f32_1-ctx4k_cs1k-webgpu.wasm was compiled for weights of another model: its ${said}. Put the .wasm file that was compiled for them into the folder.`,
      ],
    });
  });

  test('is not taken at an address either', async () => {
    const { problems } = await find(smolLm2, config({ rope_theta: 1e4 }), {}, true);
    expect(problems).toEqual([expect.stringContaining('Download the folder')]);
  });
});

describe('a library in the folder', () => {
  const pocket = libraries.find(({ modelId }) => modelId.startsWith('Pocket'));

  test.for<[number, string | null]>([
    [1e4, null],
    [5e5, 'a.wasm was compiled for weights of another model: its rope_theta is 10000, and'],
  ])('that was compiled for 10000, and weights that say %d', async ([theta, said]) => {
    const bytes = await readFile(new URL(`../../../public/models/${pocket?.path}`, import.meta.url));
    const beside = { 'a.wasm': new Blob([bytes]) };
    const { found, problems } = await find('none', config({ rope_theta: theta }), beside);
    expect(found).toBe(said === null ? 'a.wasm' : null);
    expect(problems).toEqual(said === null ? [] : [expect.stringContaining(said)]);
  });
});

describe('the numbers of a library and of its weights', () => {
  const { original_max_position_embeddings: original_positions, rope_type: _, ...factors } = llama3;
  const rope = { theta: 5e5, scaling: { ...factors, original_positions } };

  test.for<[object, object, string | null]>([
    [{ rope }, { rope_theta: 5e5, rope_scaling: llama3 }, null],
    [{ rope }, { rope_theta: 5e5, rope_scaling: { ...llama3, factor: 32 } }, '8, 1, 4, 64, and mlc'],
    [{ rope }, { rope_theta: 5e5, rope_scaling: null }, '8, 1, 4, 64, and mlc-chat-config.json says none'],
    [{ rope, sliding_window: 64 }, { sliding_window_size: 64 }, null],
    [{ rope, sliding_window: 64 }, { sliding_window_size: -1 }, 'sliding_window_size is 64, and mlc'],
  ])('%j and %j', ([compiled, described, said]) => {
    const odd = differenceOf({ rms_norm_eps: 1e-5, sliding_window: null, ...compiled }, config(described));
    if (said === null) expect(odd).toBeNull();
    else expect(odd).toContain(said);
  });
});
