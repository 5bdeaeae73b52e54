import { expect, test } from 'vitest';
import { systemClock } from '../../../src/worker/clock.ts';
import type { FolderReader } from '../../../src/worker/models/folder-reader.ts';
import { inspectFolder } from '../../../src/worker/models/inspect-folder.ts';
import { readLibrary } from '../../../src/worker/models/library-file.ts';
import { libraries, type Library } from '../../../src/worker/models/our-models.ts';
import { fetchPublic } from '../../support/read-folder.ts';

const appBase = new URL('http://localhost/');
const tools = { appBase, fetch: fetchPublic, clock: systemClock, signal: new AbortController().signal };

/** Of a configuration, what tests change. */
interface Config {
  context_window_size: number;
  sliding_window_size: number;
  attention_sink_size: number;
}

function libraryOf(id: string): Library {
  const library = libraries.find(({ modelId }) => modelId === id);
  if (!library) throw new Error('There must be a library.');
  return library;
}

interface OpenChatFolder {
  reorder?(tensors: { shape: number[]; dtype: string }[]): void;
  /** Of its configuration and its tokenizer. */
  change?: Partial<Config> & { added_tokens?: unknown[] };
}

/** A folder at an address whose list names every tensor that a library asks for; nobody fetches the weights. */
async function openChatFolder(
  libraryPath: string,
  { reorder = () => {}, change = {} }: OpenChatFolder = {},
): Promise<FolderReader> {
  const bytes = await (await fetchPublic(`http://localhost/models/${libraryPath}`)).arrayBuffer();
  const { metadata } = await readLibrary('library', bytes);
  const params = metadata?.params ?? [];
  const tensors = params.map(({ shape, dtype }) => ({
    shape: shape.map((size) => (typeof size === 'string' ? 32002 : size)),
    dtype,
  }));
  reorder(tensors);
  const records = params.map(({ name }, index) => ({
    name,
    ...(tensors[index] ?? { shape: [], dtype: '' }),
    nbytes: 4,
    byteOffset: 4 * index,
  }));
  const list = { records: [{ dataPath: 'params_shard_0.bin', nbytes: 4 * params.length, records }] };
  const is2023 = params[0]?.name === 'param_0';
  const files: Record<string, Blob> = {
    [is2023 ? 'params/ndarray-cache.json' : 'tensor-cache.json']: new Blob([JSON.stringify(list)]),
  };
  if (!is2023) {
    for (const name of ['mlc-chat-config.json', 'tokenizer.json']) {
      const blob = await (await fetchPublic(`http://localhost/models/openchat/resolve/2/${name}`)).blob();
      files[name] = new Blob([JSON.stringify({ ...JSON.parse(await blob.text()), ...change })]);
    }
  }
  return {
    origin: 'host.example',
    base: new URL('https://host.example/openchat/'),
    names: null,
    read: async (name) => files[name] ?? null,
  };
}

test.for(['q4f32_1', 'q4f16_1', 'q4f32_1-2023'])(
  'a folder is recognised as OpenChat in %s by its tensors, at an address, with the tokenizer and library that Hearth has',
  async (quantization) => {
    const library = libraryOf(`OpenChat-3.5-1210-${quantization}`);
    const reader = await openChatFolder(library.path);
    const model = await inspectFolder(reader, tools);
    expect(model).toMatchObject({
      family: 'OpenChat',
      quantization,
      contextTokens: 8192,
      librarySha256: library.sha256,
      needsF16: quantization === 'q4f16_1',
      conditions: ['GPT4 Correct', 'Math Correct'],
    });
    expect(model.limits.join(' ')).toContain('mathematics');
    if (!quantization.endsWith('2023')) return;
    expect(model.addresses['tokenizer.json']).toBe(
      'http://localhost/models/openchat/resolve/2/tokenizer.json',
    );
    const { stop_token_ids, system_prefix_token_ids } = JSON.parse(model.config).conv_template;
    expect({ stop_token_ids, system_prefix_token_ids }).toEqual({
      stop_token_ids: [2, 32000],
      system_prefix_token_ids: [1],
    });
  },
);

test('one as mlc_llm makes it for OpenChat, whose window slides, is given the window of Hearth’s library', async () => {
  const { path } = libraryOf('OpenChat-3.5-1210-q4f32_1');
  const configOf = async (change: Partial<Config>) => {
    const model = await inspectFolder(await openChatFolder(path, { change }), tools);
    const { context_window_size, sliding_window_size, attention_sink_size } = JSON.parse(
      model.config,
    ) as Config;
    expect(model.contextTokens).toBe(context_window_size);
    return [context_window_size, sliding_window_size, attention_sink_size];
  };
  const sliding = { context_window_size: -1, sliding_window_size: 4096, attention_sink_size: 4 };
  expect(await configOf(sliding)).toEqual([8192, -1, -1]);
  expect(await configOf({ context_window_size: 32_768 })).toEqual([8192, -1, -1]);
  // Somebody wants to save memory.
  expect(await configOf({ context_window_size: 2048 })).toEqual([2048, -1, -1]);
});

test('another model of OpenChat’s shapes is told by the tokens of its tokenizer, and goes by its own name', async () => {
  const { path } = libraryOf('OpenChat-3.5-1210-q4f32_1');
  const added_tokens = [{ id: 32000, content: '<|im_end|>', special: true }];
  const reader = await openChatFolder(path, { change: { added_tokens } });
  const base = new URL('https://huggingface.co/mlc-ai/OpenHermes-2.5/resolve/main/');
  const model = await inspectFolder({ ...reader, base }, tools);
  const openChat = await inspectFolder(await openChatFolder(path), tools);
  expect(openChat.label).toBe('OpenChat 3.5 1210');
  expect(model).toMatchObject({ label: 'OpenHermes-2.5', family: 'Your own', gpuBytes: openChat.gpuBytes });
  expect(model.limits.join(' ')).not.toContain('mathematics');
  // A folder whose files are listed has a name.
  const listed = inspectFolder({ ...reader, origin: 'hermes', names: [] }, tools);
  expect(await listed).toMatchObject({ label: 'hermes' });
});

test('one of 2023 whose tensors are in another order is refused', async () => {
  const reader = await openChatFolder(libraryOf('OpenChat-3.5-1210-q4f32_1-2023').path, {
    reorder(tensors) {
      const [qkv] = tensors.splice(2, 1, ...tensors.slice(8, 9));
      tensors.splice(8, 1, ...(qkv ? [qkv] : []));
    },
  });
  await expect(inspectFolder(reader, tools)).rejects.toThrow(
    /param_2 is \[4096, 1792\] uint32 in the weights, and .*2023.*\.wasm needs \[6144, 512\] uint32\./,
  );
});
