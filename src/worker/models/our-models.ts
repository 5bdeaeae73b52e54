import type { ModelChoice } from '../../shared/engine-state.ts';
import { openChatConditions } from '../../shared/conditions.ts';

/** A model library that comes with Hearth. */
export interface Library {
  /** The model that it is for, and the quantisation. */
  modelId: string;
  /** Under `models/` of the app. */
  path: string;
  sha256: string;
  /** Tensors by which a folder's weights are known to fit: name, shape, type. The names of 2023 are `param_0` and so on. */
  tensors: Record<string, [shape: number[], dtype: string]>;
  /** What ends a turn of the model. Others with weights of the same shapes have another. */
  endToken: string;
}

const openChatLimits = [
  'It is weak at complex reasoning, at mathematics and arithmetic, and at programming (model card).',
  'It sometimes makes up information that does not exist or is not accurate: check what matters (model card).',
  'Its training had very little Chinese: less than 0.1 % (model card).',
];

const layers = 32;
const kvBytesPerToken = (elementBytes: number): number => layers * 2 * 8 * 128 * elementBytes;
const openChatContext = 8192;
const parameters = 7_241_748_480;

/** Weights, KV cache, and what kernels put between each other for 1024 tokens at a time. */
const openChatGpuBytes = (weightBits: number, elementBytes: number): number =>
  Math.round((parameters * weightBits) / 8) + openChatContext * kvBytesPerToken(elementBytes) + 400e6;

function openChat(quantization: string, weightBits: number, elementBytes: number): ModelChoice {
  const is2023 = quantization.endsWith('2023');
  return {
    id: `OpenChat-3.5-1210-${quantization}`,
    engine: 'webgpu',
    label: is2023 ? 'OpenChat 3.5 1210 (folder of 2023)' : 'OpenChat 3.5 1210',
    quantization,
    builtIn: false,
    gpuBytes: openChatGpuBytes(weightBits, elementBytes),
    needsF16: elementBytes === 2,
    conditions: [...openChatConditions],
    about: {
      family: 'OpenChat',
      source: 'weights-missing',
      downloadBytes: Math.round((parameters * weightBits) / 8),
      // The KV cache of one layer for 8192 tokens; in prompts, what the widest product writes for 1024 tokens.
      largestBufferBytes: 1024 * 28672 * elementBytes,
      contextTokens: openChatContext,
      licence: 'Apache-2.0',
      limits: openChatLimits,
      origin: 'your own weights',
    },
  };
}

function smolLm2(quantization: string, weightBits: number): ModelChoice {
  return {
    id: `SmolLM2-135M-Instruct-${quantization}`,
    engine: 'webgpu',
    label: 'SmolLM2 135M Instruct (Hearth’s library)',
    quantization,
    builtIn: false,
    gpuBytes: Math.round((134_515_008 * weightBits) / 8) + 4096 * 30 * 2 * 3 * 64 * 4 + 60e6,
    needsF16: false,
    about: {
      family: 'SmolLM',
      source: 'weights-missing',
      downloadBytes: Math.round((134_515_008 * weightBits) / 8),
      largestBufferBytes: quantization === 'q0f32' ? 49152 * 576 * 4 : 2 ** 25,
      contextTokens: 4096,
      licence: 'Apache-2.0',
      limits: [
        'Small models write fluently and often say what is wrong: do not rely on facts, sums or code.',
      ],
      origin: 'your own weights',
    },
  };
}

/** Models whose library comes with Hearth, and whose weights a person brings. */
export const ourModels: ModelChoice[] = [
  openChat('q4f32_1', 5, 4),
  openChat('q4f16_1', 4.5, 2),
  openChat('q4f32_1-2023', 5, 4),
  smolLm2('q4f32_1', 5),
  smolLm2('q0f32', 32),
];

const embedded = (rows: number, columns: number, scale: string): Library['tensors'] => ({
  'model.embed_tokens.q_weight': [[rows, columns / 8], 'uint32'],
  'model.embed_tokens.q_scale': [[rows, columns / 32], scale],
});

/** The hashes are those of `public/models/…/SHA256SUMS`; a test compares them. */
export const libraries: Library[] = [
  {
    modelId: 'OpenChat-3.5-1210-q4f32_1',
    path: 'openchat/resolve/2/openchat-3.5-1210-q4f32_1-ctx8k_cs1k-webgpu.wasm',
    sha256: 'dde5ab3b2e2789beb4620ba41eeceef4c478f1a27c7fd4288c523d4c96aab802',
    tensors: embedded(32002, 4096, 'float32'),
    endToken: '<|end_of_turn|>',
  },
  {
    modelId: 'OpenChat-3.5-1210-q4f16_1',
    path: 'openchat/resolve/2/openchat-3.5-1210-q4f16_1-ctx8k_cs1k-webgpu.wasm',
    sha256: '57758259dd233b606f0a9ec133bcece7763d8c2451a77faa838a42c38445784b',
    tensors: embedded(32002, 4096, 'float16'),
    endToken: '<|end_of_turn|>',
  },
  {
    modelId: 'OpenChat-3.5-1210-q4f32_1-2023',
    path: 'openchat/resolve/2/openchat-3.5-1210-q4f32_1-2023-ctx8k_cs1k-webgpu.wasm',
    sha256: '2725373cf92430abb8a4116789d8d296ba8a1728244028720f258ba403c6f95e',
    tensors: { param_0: [[32002, 512], 'uint32'], param_1: [[32002, 128], 'uint32'] },
    endToken: '<|end_of_turn|>',
  },
  {
    modelId: 'SmolLM2-135M-Instruct-q4f32_1',
    path: 'smollm2/resolve/2/SmolLM2-135M-Instruct-q4f32_1-ctx4k_cs1k-webgpu.wasm',
    sha256: 'cea18a9c55cf762d8639d5a0ef3e8972507210f2e44092e7b77518f0a43b9afe',
    tensors: embedded(49152, 576, 'float32'),
    endToken: '<|im_end|>',
  },
  {
    modelId: 'SmolLM2-135M-Instruct-q0f32',
    path: 'smollm2/resolve/2/SmolLM2-135M-Instruct-q0f32-ctx4k_cs1k-webgpu.wasm',
    sha256: '0c767f691d2f345b31e72782c1e535961b9f9cb4b2220a17b4d3bdfdf55bca61',
    tensors: { 'model.embed_tokens.weight': [[49152, 576], 'float32'] },
    endToken: '<|im_end|>',
  },
  {
    modelId: 'Pocket-3M-q4f32_1',
    path: 'pocket/resolve/9/pocket-q4f32_1-ctx2k_cs256-webgpu.wasm',
    sha256: '204ab748fc64bc52e2d4aac50424e671f27cafd67058eba281ecb5a09dc96a15',
    tensors: embedded(1536, 256, 'float32'),
    endToken: '<|end_of_turn|>',
  },
];
