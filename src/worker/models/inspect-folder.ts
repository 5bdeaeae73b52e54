import * as v from 'valibot';
import { AppError } from '../../shared/errors.ts';
import { chatConfigProblems, parseChatConfig } from './chat-config.ts';
import { conditionsOf } from './conditions.ts';
import { hashOf } from './file-hash.ts';
import { Config2023, makeConfig2023 } from './config-2023.ts';
import { findLibrary, type FoundLibrary } from './find-library.ts';
import { fetchOwn, type FetchSmallOptions } from './fetch-small.ts';
import type { FolderReader } from './folder-reader.ts';
import { ModelConfig, problemsOf } from './model-config.ts';
import { configName, WeightsList, weightsListName } from './model-files.ts';
import { OwnModel } from './own-model.ts';
import { libraries, ourModels } from './our-models.ts';
import { listProblems, shardProblems, tensorProblems, tensorsOf, type Tensor } from './weights-check.ts';

export interface InspectTools extends FetchSmallOptions {
  /** The folder that the app is served from. */
  appBase: URL;
}

/** The newest first. A folder of 2023 has the second, often in a folder of its own. */
const listNames = [weightsListName, 'ndarray-cache.json', 'params/ndarray-cache.json'];
const tokenizerName = 'tokenizer.json';
const openChatTokenizer = 'models/openchat/resolve/2/tokenizer.json';

/**
 * Looks at all that a folder has for a model, and makes of it what Hearth keeps. Rejects with `bad-input`, and with every problem
 * that was found, a line each: the file's name and what to do about it.
 */
export async function inspectFolder(reader: FolderReader, tools: InspectTools): Promise<OwnModel> {
  const problems: string[] = [];
  const give = (): AppError => new AppError('bad-input', problems.join('\n'));

  const found = await firstOf(reader, listNames);
  if (!found) {
    problems.push(
      `There is no ${weightsListName} in ${reader.origin}. Choose the folder with that file in it.`,
    );
    throw give();
  }
  const [listName, listBlob] = found;
  const list = await parse(listBlob, listName, WeightsList, problems);
  if (!list) throw give();
  problems.push(...listProblems(list, listName));
  const tensors = tensorsOf(list);
  const is2023 = tensors.has('param_0');
  const prefix = listName.slice(0, listName.lastIndexOf('/') + 1);

  const isOpenChat = tensors.get('param_0')?.shape[0] === 32002;
  const tokenizer = await readTokenizer(reader, is2023 && isOpenChat, tools, problems);
  const library = await findLibrary(reader, tensors, tools, problems);
  const read = await readConfig(
    reader,
    { is2023, tensors, tokenizer: tokenizer?.contents, library },
    problems,
  );
  const config = read && library ? withinOurs(read, library) : read;
  if (config) problems.push(...chatConfigProblems(config, configName));
  if (library?.metadata) problems.push(...tensorProblems(tensors, library.metadata, library.name));
  if (config && tokenizer && tokenizer.size > config.vocab_size) {
    problems.push(
      `${tokenizerName} knows ${tokenizer.size} tokens and ${configName} says ${config.vocab_size}. They belong to different models; get both again.`,
    );
  }
  if (reader.base === null) problems.push(...(await shardProblems(list, prefix, reader, tools.signal)));
  if (problems.length > 0 || !config || !library) throw give();

  const addresses: Record<string, string> = { [weightsListName]: listName };
  for (const { dataPath } of list.records) addresses[dataPath] = prefix + dataPath;
  // It is asked for by its name, and may lie deeper.
  if (library.modelId === null) addresses[library.name] = library.address;
  if (tokenizer?.isOurs === true) addresses[tokenizerName] = new URL(openChatTokenizer, tools.appBase).href;
  // The same weights are the same model, wherever they come from.
  const id = `own-${(await hashOf([listBlob], 'sha256')).slice(0, 16)}`;
  const tokens = tokenizer?.added ?? [];
  const described = v.safeParse(
    OwnModel,
    describe({ id, reader, list, config, library, addresses, is2023, tokens }),
  );
  if (described.success) return described.output;
  // What the next start could not read is not kept.
  problems.push(...problemsOf('The model', described.issues));
  throw give();
}

/** The first of these names that the folder has. */
async function firstOf(reader: FolderReader, names: string[]): Promise<[string, Blob] | null> {
  for (const name of names) {
    const blob = await reader.read(name);
    if (blob) return [name, blob];
  }
  return null;
}

async function parse<T>(
  blob: Blob,
  name: string,
  schema: v.GenericSchema<unknown, T>,
  problems: string[],
): Promise<T | null> {
  let contents: unknown;
  try {
    contents = JSON.parse(await blob.text());
  } catch {
    problems.push(`${name} is no JSON, or is cut off. Get the file again.`);
    return null;
  }
  const result = v.safeParse(schema, contents);
  if (result.success) return result.output;
  problems.push(...problemsOf(name, result.issues));
  return null;
}

const Tokenizer = v.looseObject({
  added_tokens: v.optional(v.array(v.looseObject({ id: v.number(), content: v.string() })), []),
  model: v.looseObject({
    // A list of pieces with scores, or a table of them.
    vocab: v.union([v.record(v.string(), v.number()), v.array(v.unknown())], 'must be a table of tokens'),
  }),
});

async function readTokenizer(
  reader: FolderReader,
  isOpenChat: boolean,
  tools: InspectTools,
  problems: string[],
): Promise<{ contents: unknown; size: number; added: string[]; isOurs: boolean } | null> {
  const own = await reader.read(tokenizerName);
  if (!own && !isOpenChat) {
    problems.push(
      `${tokenizerName} is missing. Copy it from the model's original folder: a tokenizer.model alone lacks its control tokens.`,
    );
    return null;
  }
  const blob = own ?? (await fetchOwn(new URL(openChatTokenizer, tools.appBase), tools));
  const contents = await parse(blob, tokenizerName, Tokenizer, problems);
  if (!contents) return null;
  const { vocab } = contents.model;
  const inModel = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
  const size = Math.max(inModel, ...contents.added_tokens.map(({ id }) => id + 1));
  return { contents, size, added: contents.added_tokens.map(({ content }) => content), isOurs: !own };
}

interface ConfigSources {
  is2023: boolean;
  tensors: Map<string, Tensor>;
  tokenizer: unknown;
  library: FoundLibrary | null;
}

async function readConfig(
  reader: FolderReader,
  { is2023, tensors, tokenizer, library }: ConfigSources,
  problems: string[],
): Promise<ModelConfig | null> {
  const blob = await reader.read(configName);
  if (!is2023) {
    if (blob) return parse(blob, configName, ModelConfig, problems);
    problems.push(`${configName} is missing. It lies beside the weights: copy it into the folder.`);
    return null;
  }
  if (tokenizer === undefined) return null;
  const old = blob === null ? {} : await parse(blob, configName, v.looseObject({}), problems);
  const read = v.safeParse(Config2023, old ?? {});
  if (!read.success) {
    problems.push(...problemsOf(configName, read.issues));
    return null;
  }
  const made = makeConfig2023(read.output, tokenizer, {
    vocabSize: tensors.get('param_0')?.shape[0] ?? 0,
    contextTokens: library?.metadata?.context_window_size ?? 2048,
  });
  if (made.problem !== null) problems.push(made.problem);
  return made.config && v.parse(ModelConfig, made.config);
}

/** Our libraries hold all that was said, and so many tokens; mlc_llm may have given the same model a window that slides. */
function withinOurs(config: ModelConfig, { modelId, metadata }: FoundLibrary): ModelConfig {
  if (modelId === null || !metadata) return config;
  const { context_window_size: wanted } = config;
  const { context_window_size: most } = metadata;
  return {
    ...config,
    context_window_size: wanted > 0 ? Math.min(wanted, most) : most,
    sliding_window_size: -1,
    attention_sink_size: -1,
  };
}

interface Parts {
  id: string;
  reader: FolderReader;
  list: WeightsList;
  config: ModelConfig;
  library: FoundLibrary;
  addresses: Record<string, string>;
  is2023: boolean;
  /** Those that its tokenizer has beside its vocabulary. */
  tokens: string[];
}

/** Of an address without a listing only the last part of its path says what it is: at Hugging Face, the repository's. */
function nameOf({ base, names, origin }: FolderReader): string {
  const last = /([^/]+)\/(?:resolve\/.*)?$/.exec(base?.pathname ?? '')?.[1];
  return names === null && last !== undefined ? last : origin;
}

/** KV caches of unknown models: as large again as a quarter of the weights. Known ones have figures of their own. */
function describe(parts: Parts): OwnModel {
  const { id, reader, list, config, library, addresses, is2023, tokens } = parts;
  const downloadBytes = list.records.reduce((sum, { nbytes }) => sum + nbytes, 0);
  const known = ourModels.find(({ id }) => id === library.modelId);
  const sign = libraries.find(({ modelId }) => modelId === library.modelId)?.endToken;
  // What a library fits may be another model: that needs as much memory, and is bad at other things.
  const itself = sign !== undefined && tokens.includes(sign) ? known : undefined;
  const quantization = library.metadata?.quantization ?? (is2023 ? 'q4f32_1-2023' : 'unknown');
  const tensorBytes = list.records.flatMap(({ records }) => records.map(({ nbytes }) => nbytes));
  const window = config.context_window_size > 0 ? config.context_window_size : config.sliding_window_size;
  return {
    id,
    label: itself?.label ?? nameOf(reader),
    quantization,
    base: reader.base?.href ?? null,
    addresses,
    config: JSON.stringify(config),
    library: library.address,
    librarySha256: library.sha256,
    gpuBytes: known?.gpuBytes ?? Math.round(downloadBytes * 1.25),
    downloadBytes,
    largestBufferBytes: Math.max(known?.about?.largestBufferBytes ?? 0, ...tensorBytes),
    contextTokens: Math.max(1, window),
    needsF16: quantization.includes('f16'),
    conditions: conditionsOf(parseChatConfig(config).template),
    limits: itself?.about?.limits ?? ['It can be wrong and sound sure. Check what matters.'],
    family: itself?.about?.family ?? 'Your own',
    origin: reader.origin,
  };
}
