import type { MLCEngine } from '@mlc-ai/web-llm';
import { AppError } from '../../shared/errors.ts';
import { parseChatConfig, type ChatConfig } from '../models/chat-config.ts';
import {
  beforeTemperature,
  bytesOfToken,
  mostProbable,
  textOfBytes,
  type SpelledLogprob,
  type TokenSpelling,
} from './token-logprobs.ts';

/*
 * The one place that reaches behind web-llm's public face. Its chat interface cannot go on with a partial answer, tells
 * nothing of the tokens it reads, and when it reuses its KV cache it leaves out the separator after the last answer. The
 * pipeline below it has all that is needed: tokens in, logits out, a sampler. The exact version is pinned in package.json, and
 * every member used here is looked for before it is used.
 */

export interface Logits {
  dispose(): void;
}

/** In web-llm's words. What is left out is the model's own. */
export interface Sampler {
  temperature: number;
  top_p: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  logit_bias?: Record<string, number>;
  /** Both, or the probabilities are not kept. At least 1. */
  logprobs?: boolean;
  top_logprobs?: number;
}

/** A sampled token's probability, before temperature, and the most probable ones. */
export interface SampledLogprob extends SpelledLogprob {
  top: SpelledLogprob[];
}

/** A loaded model as a machine for tokens. No two calls may overlap. */
export interface Pipeline {
  readonly config: ChatConfig;
  /** Tokens that the KV cache holds; infinite with a sliding window. */
  readonly contextWindow: number;
  /** Most tokens of one `read`. */
  readonly chunkSize: number;
  /** Whether the newest tokens can be taken back out of the KV cache. */
  readonly canRewind: boolean;
  /** Tokens are numbered from 0 to one less. */
  readonly vocabularySize: number;
  encode(text: string): number[];
  decode(ids: number[]): string;
  /** A second tokenizer of the same kind, from the contents of a tokenizer.json. It is gone with the runtime. */
  makeEncoder(tokenizerFile: unknown): Promise<(text: string) => number[]>;
  /** Empties the KV cache. */
  reset(): void;
  rewind(tokens: number): void;
  /** Appends a chunk of a prompt to the KV cache, and gives the logits after its last token. */
  read(ids: number[]): Promise<Logits>;
  /** Appends one generated token to the KV cache. */
  readOne(id: number): Promise<Logits>;
  /** Chooses a token, and disposes of the logits. */
  sample(logits: Logits, sampler: Sampler): Promise<number>;
  /** The probabilities of the token that was sampled last; null when they were not asked for. `begins`: a text begins with it. */
  takeLogprob(begins: boolean): SampledLogprob | null;
  /**
   * Begins an answer: penalties for repetition count from here, and a schema, as JSON, is kept from here on.
   * Rejects with `bad-input` when it is none that can be kept.
   */
  startAnswer(seed: number | null, jsonSchema?: string): Promise<void>;
  /**
   * Tells penalties of the tokens that the answer has already, and the schema of their text. Throws `bad-input` when that is no
   * beginning of what the schema wants.
   */
  noteBeginning(ids: number[], text: string): void;
  /** Tells penalties and schema of a token of the answer. */
  noteToken(id: number): void;
}

/** Below it web-llm's sampler leaves nothing to chance. */
const leastTemperature = 1e-5;

const rewindFunction = 'vm.builtin.kv_state_popn';

/** web-llm's generator counts in this range and takes no other seed. */
const seedModulus = 2 ** 31 - 1;

/**
 * Where web-llm's generator begins for a seed. It only multiplies: as they are, small seeds would all begin with next to no chance,
 * and seeds in a row with the same. The mix is MurmurHash3's last (fmix32).
 */
export function stateOfSeed(seed: number): number {
  let bits = (seed ^ Math.floor(seed / 2 ** 32)) + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (((bits ^ (bits >>> 16)) >>> 0) % (seedModulus - 1)) + 1;
}

interface RawTokenizer {
  encode(text: string): Int32Array;
  decode(ids: Int32Array): string;
  idToToken(id: number): string;
}

interface RawTokenizerClass {
  fromJSON?(json: ArrayBuffer): Promise<RawTokenizer>;
}

interface ResponseFormat {
  type: 'json_object';
  schema: string;
}

interface GrammarCompiler {
  compileJSONSchema(
    schema: string,
    anyBlanks?: boolean,
    indent?: number,
    separators?: undefined,
    isStrict?: boolean,
    mostBlanks?: number,
  ): Promise<unknown>;
}

interface RawPipeline {
  config: unknown;
  tokenizer: RawTokenizer;
  tvm: { scalar(value: number, dtype: string): unknown };
  device: { sync(): Promise<void> };
  kvCache: unknown;
  kvStateKind: string;
  slidingWindowSize: number;
  contextWindowSize: number;
  prefillChunkSize: number;
  filledKVCacheLength: number;
  appearedTokensFreq: Map<number, number>;
  fullVocabSize: number;
  /** Filled by web-llm, which decodes each token by itself and knows nothing of what it was before temperature. */
  tokenLogprobArray: unknown[];
  /** Probabilities by token once it has sampled with `logprobs`. */
  logitsOnCPU: { toArray(): Float32Array } | undefined;
  token_postproc_method: TokenSpelling;
  grammarMatcher: { acceptToken(id: number): boolean; _acceptString(text: string): boolean } | undefined;
  grammarCompiler: GrammarCompiler | undefined;
  resetChat(): void;
  setSeed(seed: number): void;
  forwardKnownTokens(ids: number[], isPrefill: boolean): Promise<Logits>;
  forwardDecodeToken(id: number): Promise<Logits>;
  sampleFromRawLogits(
    logits: Logits,
    sampler: Sampler & { response_format?: ResponseFormat },
  ): Promise<number>;
  /** Nothing to wait for when the matcher of the same schema is there and was set back. */
  prepareGrammarMatcherForSampling(config: { response_format: ResponseFormat }): Promise<void> | undefined;
  /** Looks up a function of the runtime and keeps it until the pipeline is disposed of. */
  getKVCheckpointFunc(name: string): (kvCache: unknown, sequence: unknown, tokens: unknown) => void;
}

const expected: Record<
  Exclude<keyof RawPipeline, 'kvCache' | 'logitsOnCPU' | 'grammarMatcher' | 'grammarCompiler'>,
  string
> = {
  config: 'object',
  tokenizer: 'object',
  tvm: 'object',
  device: 'object',
  kvStateKind: 'string',
  slidingWindowSize: 'number',
  contextWindowSize: 'number',
  prefillChunkSize: 'number',
  filledKVCacheLength: 'number',
  appearedTokensFreq: 'object',
  fullVocabSize: 'number',
  tokenLogprobArray: 'object',
  token_postproc_method: 'string',
  prepareGrammarMatcherForSampling: 'function',
  resetChat: 'function',
  setSeed: 'function',
  forwardKnownTokens: 'function',
  forwardDecodeToken: 'function',
  sampleFromRawLogits: 'function',
  getKVCheckpointFunc: 'function',
};

function findPipeline(engine: MLCEngine, modelId: string): RawPipeline {
  const { loadedModelIdToPipeline: pipelines } = engine as unknown as { loadedModelIdToPipeline: unknown };
  const pipeline: unknown = pipelines instanceof Map ? pipelines.get(modelId) : undefined;
  const members = (pipeline ?? {}) as Record<string, unknown>;
  const wrong = Object.entries(expected).filter(([name, type]) => typeof members[name] !== type);
  if (wrong.length > 0) {
    const names = wrong.map(([name]) => name).join(', ');
    throw new AppError(
      'engine-failed',
      `This version of web-llm is not the one that Hearth knows (${names}).`,
    );
  }
  return pipeline as RawPipeline;
}

/** Null where the model's runtime lacks the function, or its state is of a kind that cannot go back. */
function rewinderOf(raw: RawPipeline): ((tokens: number) => void) | null {
  if (raw.kvStateKind !== 'kv_cache' || raw.slidingWindowSize !== -1) return null;
  let popTokens: ReturnType<RawPipeline['getKVCheckpointFunc']>;
  try {
    popTokens = raw.getKVCheckpointFunc(rewindFunction);
  } catch {
    return null;
  }
  return (tokens) => {
    popTokens(raw.kvCache, raw.tvm.scalar(0, 'int64'), raw.tvm.scalar(tokens, 'int32'));
    raw.filledKVCacheLength -= tokens;
  };
}

/** Blanks between two parts of JSON. Left free, a small model goes on with them until its context is full. */
const mostBlanks = 16;

/** web-llm makes its compiler when a schema comes first, and asks it for any number of blanks. */
function boundBlanks(raw: RawPipeline): void {
  let compiler = raw.grammarCompiler;
  Object.defineProperty(raw, 'grammarCompiler', {
    get: () => compiler,
    set(made: GrammarCompiler | undefined) {
      compiler = made;
      if (!made) return;
      const compile = made.compileJSONSchema.bind(made);
      made.compileJSONSchema = (schema) => compile(schema, true, 2, undefined, true, mostBlanks);
    },
  });
}

export function openPipeline(engine: MLCEngine, modelId: string): Pipeline {
  const raw = findPipeline(engine, modelId);
  const rewind = rewinderOf(raw);
  boundBlanks(raw);
  let format: ResponseFormat | null = null;
  let sampled: { id: number; sampler: Sampler } | null = null;

  const countToken = (id: number): void =>
    void raw.appearedTokensFreq.set(id, (raw.appearedTokensFreq.get(id) ?? 0) + 1);

  /** As it stands in the text: at its beginning most decoders leave out a space. */
  function spell(id: number, begins: boolean): Omit<SpelledLogprob, 'logprob'> {
    const bytes = bytesOfToken(raw.tokenizer.idToToken(id), raw.token_postproc_method);
    const token = textOfBytes(bytes);
    const isCut = begins && token.startsWith(' ') && !raw.tokenizer.decode(Int32Array.of(id)).startsWith(' ');
    return isCut ? { token: token.slice(1), bytes: bytes.slice(1) } : { token, bytes };
  }

  return {
    config: parseChatConfig(raw.config),
    contextWindow: raw.slidingWindowSize === -1 ? raw.contextWindowSize : Number.POSITIVE_INFINITY,
    chunkSize: raw.prefillChunkSize,
    canRewind: rewind !== null,
    vocabularySize: raw.fullVocabSize,
    encode: (text) => [...raw.tokenizer.encode(text)],
    decode: (ids) => raw.tokenizer.decode(new Int32Array(ids)),
    async makeEncoder(tokenizerFile) {
      const { fromJSON } = raw.tokenizer.constructor as RawTokenizerClass;
      if (!fromJSON) throw new AppError('engine-failed', 'This version of web-llm makes no tokenizers.');
      const json = new TextEncoder().encode(JSON.stringify(tokenizerFile)).buffer;
      const tokenizer = await fromJSON(json);
      return (text) => [...tokenizer.encode(text)];
    },
    reset: () => raw.resetChat(),
    rewind(tokens) {
      if (!rewind) throw new AppError('engine-failed', 'This model cannot take back what it has read.');
      rewind(tokens);
    },
    async read(ids) {
      const logits = await raw.forwardKnownTokens(ids, true);
      // Otherwise every chunk of a long prompt would be queued at once, and Stop would have to wait for all of them.
      await raw.device.sync();
      return logits;
    },
    readOne: (id) => raw.forwardDecodeToken(id),
    async sample(logits, asked) {
      // Without any chance the likeliest token is taken by `top_p` as well, and its probability is not yet 1.
      const isGreedy = asked.logprobs === true && asked.temperature < leastTemperature;
      const sampler = isGreedy ? { ...asked, temperature: 1, top_p: leastTemperature } : asked;
      try {
        const id = await raw.sampleFromRawLogits(
          logits,
          format === null ? sampler : { ...sampler, response_format: format },
        );
        sampled = sampler.logprobs === true ? { id, sampler } : null;
        raw.tokenLogprobArray = [];
        return id;
      } finally {
        logits.dispose();
      }
    },
    takeLogprob(begins) {
      // Copied only where it is wanted: it is as long as the vocabulary.
      const probabilities = sampled && raw.logitsOnCPU?.toArray();
      if (!sampled || !probabilities) return null;
      const { temperature, top_logprobs: count = 1 } = sampled.sampler;
      const logarithm = beforeTemperature(probabilities, temperature);
      const told = (id: number): SpelledLogprob => ({ ...spell(id, begins), logprob: logarithm(id) });
      return { ...told(sampled.id), top: mostProbable(probabilities, count).map(told) };
    },
    async startAnswer(seed, jsonSchema) {
      raw.appearedTokensFreq.clear();
      raw.setSeed(stateOfSeed(seed ?? Date.now()));
      format = jsonSchema === undefined ? null : { type: 'json_object', schema: jsonSchema };
      if (format === null) return;
      try {
        await raw.prepareGrammarMatcherForSampling({ response_format: format });
      } catch (error) {
        format = null;
        throw new AppError('bad-input', 'The answer cannot be held to this JSON schema.', { cause: error });
      }
    },
    noteBeginning(ids, text) {
      ids.forEach(countToken);
      // Its tokens begin with the template's space, which is no part of it.
      if (format !== null && text !== '' && raw.grammarMatcher?._acceptString(text) === false)
        throw new AppError('bad-input', 'The answer so far is no beginning of what its JSON schema wants.');
    },
    noteToken(id) {
      countToken(id);
      if (format !== null) raw.grammarMatcher?.acceptToken(id);
    },
  };
}
