import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import type { FolderFile } from '../../../src/shared/models-state.ts';
import { readerOfFiles } from '../../../src/worker/models/folder-reader.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { inspectFolder } from '../../../src/worker/models/inspect-folder.ts';
import { libraries } from '../../../src/worker/models/our-models.ts';
import type { OwnModel } from '../../../src/worker/models/own-model.ts';
import { fetchPublic, readFolder } from '../../support/read-folder.ts';

const appBase = new URL('http://localhost/');
const tools = { appBase, fetch: fetchPublic, clock: systemClock, signal: new AbortController().signal };
const pocket = await readFolder(new URL('../../../public/models/pocket/resolve/9/', import.meta.url));
const pocket2023 = await readFolder(new URL('../../support/folders/pocket-2023/', import.meta.url));

const inspect = (files: FolderFile[]): Promise<OwnModel> =>
  inspectFolder(readerOfFiles(files, 'picked'), tools);

/** The folder with one file changed, or taken away. */
async function changed(
  files: FolderFile[],
  end: string,
  change: (blob: Blob) => Blob | null | Promise<Blob | null>,
): Promise<FolderFile[]> {
  const all = await Promise.all(
    files.map(async ({ path, blob }) => ({ path, blob: path.endsWith(end) ? await change(blob) : blob })),
  );
  return all.flatMap(({ path, blob }) => (blob ? [{ path, blob }] : []));
}

/** Of the three kinds of JSON file, what tests change. */
interface Contents {
  records: { dataPath: string; nbytes: number; records: { shape: number[]; nbytes?: number }[] }[];
  vocab_size: unknown;
  top_p: unknown;
  conv_template: unknown;
  temperature: unknown;
  added_tokens: unknown[];
}

/** A JSON file's contents, changed as a whole. */
const edit =
  (change: (contents: Contents) => void) =>
  async (blob: Blob): Promise<Blob> => {
    const json = JSON.parse(await blob.text()) as Contents;
    change(json);
    return new Blob([JSON.stringify(json)]);
  };

async function problemsOf(files: FolderFile[]): Promise<string[]> {
  const error: unknown = await inspect(files).catch((failure: unknown) => failure);
  if (!(error instanceof AppError)) throw error;
  expect(error.code).toBe('bad-input');
  return error.message.split('\n');
}

describe('a folder is recognised', () => {
  test("of today's format, with its library beside it", async () => {
    expect(await inspect(pocket)).toMatchObject({
      quantization: 'q4f32_1',
      base: null,
      library: 'pocket-q4f32_1-ctx2k_cs256-webgpu.wasm',
      librarySha256: libraries.find(({ modelId }) => modelId === 'Pocket-3M-q4f32_1')?.sha256,
      contextTokens: 2048,
      conditions: ['GPT4 Correct', 'Math Correct'],
    });
  });

  test('without a library, when Hearth has the one for its tensors', async () => {
    const model = await inspect(await changed(pocket, '.wasm', () => null));
    expect(model.library).toBe(
      'http://localhost/models/pocket/resolve/9/pocket-q4f32_1-ctx2k_cs256-webgpu.wasm',
    );
  });

  test('of 2023, and gets a configuration of today', async () => {
    const model = await inspect(pocket2023);
    expect(model).toMatchObject({
      quantization: 'q4f32_1-2023',
      addresses: {
        'tensor-cache.json': 'params/ndarray-cache.json',
        'params_shard_0.bin': 'params/params_shard_0.bin',
      },
      contextTokens: 2048,
    });
    expect(JSON.parse(model.config)).toMatchObject({
      vocab_size: 1536,
      temperature: 0,
      conv_template: {
        system_prefix_token_ids: [0],
        stop_token_ids: [1],
        roles: { user: 'GPT4 Correct User' },
      },
    });
  });
});

describe('a broken folder: the message names the file and the cure', () => {
  test.for<[string, () => Promise<FolderFile[]>, RegExp]>([
    [
      'no list of weights',
      () => changed(pocket, 'tensor-cache.json', () => null),
      /no tensor-cache\.json in picked\. Choose the folder/,
    ],
    [
      'a list that is cut off',
      () => changed(pocket, 'tensor-cache.json', (blob) => blob.slice(0, 500)),
      /tensor-cache\.json is no JSON, or is cut off\. Get the file again\./,
    ],
    [
      'a missing shard',
      () => changed(pocket, 'shard_0.bin', () => null),
      /params_shard_0\.bin is missing\. Copy it into the folder/,
    ],
    [
      'a truncated shard',
      () => changed(pocket, 'shard_0.bin', (blob) => blob.slice(0, 1000)),
      /params_shard_0\.bin has 1000 bytes where the model's list says 1729536\. Get the file again/,
    ],
    [
      'a shard with a wrong hash',
      () => changed(pocket2023, 'shard_0.bin', (blob) => new Blob([new Uint8Array(64), blob.slice(64)])),
      /params_shard_0\.bin is not what the model's list describes: its MD5 is another\. Get the file again/,
    ],
    [
      'tensors beyond the end of their file',
      () =>
        changed(
          pocket,
          'tensor-cache.json',
          edit(({ records: [shard] }) => shard && (shard.nbytes -= 4096)),
        ),
      /tensor-cache\.json: .* lies beyond the end of params_shard_0\.bin\. .* get both again/,
    ],
    [
      'a tensor of a wrong shape',
      () =>
        changed(
          pocket,
          'tensor-cache.json',
          edit(({ records: [shard] }) =>
            shard?.records.splice(2, 1, { ...shard.records[2], shape: [512, 16] }),
          ),
        ),
      /qkv_proj\.q_weight is \[512, 16\] uint32 in the weights, and pocket.*\.wasm needs \[512, 32\] uint32/,
    ],
    [
      'no tokenizer',
      () => changed(pocket, 'tokenizer.json', () => null),
      /tokenizer\.json is missing\. Copy it from the model's original folder/,
    ],
    [
      'a tokenizer without a vocabulary',
      () => changed(pocket, 'tokenizer.json', () => new Blob(['{"model":{"type":"BPE"}}'])),
      /tokenizer\.json: model\.vocab is missing\./,
    ],
    [
      "another model's tokenizer",
      () =>
        changed(
          pocket,
          'mlc-chat-config.json',
          edit((config) => (config.vocab_size = 100)),
        ),
      /tokenizer\.json knows 1536 tokens and mlc-chat-config\.json says 100\. .* get both again/,
    ],
    [
      'a library of another version of web-llm',
      () => changed(pocket, '.wasm', () => new Blob([new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])])),
      /pocket.*\.wasm was made for another version of web-llm \(memory\)\. Take a library/,
    ],
    [
      'a library that is cut off',
      () => changed(pocket, '.wasm', (blob) => blob.slice(0, 5000)),
      /pocket.*\.wasm is no WebAssembly file, or is cut off\. Get the model library again/,
    ],
    [
      'no library, and none of ours',
      () => changed(pocket2023, '.wasm', () => null),
      /no model library for these weights\. Put the \.wasm file/,
    ],
    [
      'no configuration',
      () => changed(pocket, 'mlc-chat-config.json', () => null),
      /mlc-chat-config\.json is missing\. .*copy it into the folder/,
    ],
    [
      'a folder of 2023 that is not of OpenChat',
      () =>
        changed(
          pocket2023,
          'tokenizer.json',
          edit((file) => (file.added_tokens = [])),
        ),
      /tokenizer\.json has no <\|end_of_turn\|>.* Take a folder of a newer format/,
    ],
  ])('%s', async ([, make, message]) => {
    expect((await problemsOf(await make())).join('\n')).toMatch(message);
  });

  test.for([
    'https://own.invalid/own-0123456789abcdef/resolve/1/params_shard_0.bin',
    '//own.invalid/own-0123456789abcdef/resolve/1/params_shard_0.bin',
    'data:,x',
    '/own-0123456789abcdef/resolve/1/params_shard_0.bin',
    '../../../own-0123456789abcdef/resolve/1/params_shard_0.bin',
    'params/../../x.bin',
    '..\\..\\x.bin',
    '%2e%2E/x.bin',
    '.\t./x.bin',
    ' ../x.bin',
    'params/..',
    'x.bin?of=another',
    'x.bin#2',
    '',
  ])('weights named %j, which is not within the folder', async (dataPath) => {
    const files = await changed(
      pocket2023,
      'ndarray-cache.json',
      edit(({ records: [shard] }) => shard && (shard.dataPath = dataPath)),
    );
    expect(await problemsOf(files)).toEqual([
      'params/ndarray-cache.json: records.0.dataPath must be a plain path within the folder, such as params_shard_0.bin.',
    ]);
  });

  test('a tensor of one and a half bytes', async () => {
    const files = await changed(
      pocket,
      'tensor-cache.json',
      edit(({ records: [shard] }) => shard?.records[0] && (shard.records[0].nbytes = 1.5)),
    );
    expect(await problemsOf(files)).toEqual([
      'tensor-cache.json: records.0.records.0.nbytes must be a whole number of bytes.',
    ]);
  });

  test('a model that could not be read again is not kept', async () => {
    const nameless = inspectFolder(readerOfFiles(pocket, ''), tools);
    await expect(nameless).rejects.toMatchObject({
      code: 'bad-input',
      message: 'The model: label must not be empty.',
    });
  });

  test('a library whose name is an address', async () => {
    const elsewhere = 'https://own.invalid/own-0123456789abcdef/resolve/1/params_shard_0.bin?.wasm';
    const files = (await changed(pocket, '.wasm', () => null)).concat({
      path: `picked/${elsewhere}`,
      blob: new Blob([]),
    });
    expect(await problemsOf(files)).toEqual([
      `${elsewhere} is no plain name for a model library. Call it library.wasm, for example.`,
    ]);
  });

  test('every problem of a configuration is told, not the first alone', async () => {
    const files = await changed(
      await changed(
        pocket,
        'mlc-chat-config.json',
        edit((config) => {
          config.vocab_size = 'many';
          config.top_p = 2;
          config.conv_template = 'openchat';
        }),
      ),
      'shard_0.bin',
      () => null,
    );
    expect(await problemsOf(files)).toEqual([
      'mlc-chat-config.json: vocab_size must be a number.',
      'mlc-chat-config.json: top_p must be 1 or less.',
      'mlc-chat-config.json: conv_template must be an object: a name of a template is not enough any more.',
      "params_shard_0.bin is missing. Copy it into the folder: the weights' list names it.",
    ]);
  });

  test('a template whose parts are of another kind is told by the name of its file', async () => {
    const files = await changed(
      pocket,
      'mlc-chat-config.json',
      edit((config) => {
        config.conv_template = { ...(config.conv_template as object), stop_str: 'x' };
      }),
    );
    expect(await problemsOf(files)).toEqual([expect.stringMatching(/^mlc-chat-config\.json: stop_str /)]);
  });

  test('a configuration of 2023 with a number in words is told, too', async () => {
    const folder = await readFolder(new URL('../../support/folders/pocket-2023/', import.meta.url));
    const files = await changed(
      folder,
      'mlc-chat-config.json',
      edit((config) => {
        config.temperature = 'warm';
      }),
    );
    expect(await problemsOf(files)).toEqual([expect.stringMatching(/^mlc-chat-config\.json: temperature /)]);
  });
});
