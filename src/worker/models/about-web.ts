import type { ModelRecord } from '@mlc-ai/web-llm';
import type { ModelAbout } from '../../shared/models-state.ts';

/** Families by the beginning of a name, the more special first, with the licence that their makers publish them under. */
const families: [begin: string, family: string, licence: string | null][] = [
  ['DeepSeek-R1-Distill-Llama', 'DeepSeek', 'MIT, and Llama 3.1 Community License'],
  ['DeepSeek', 'DeepSeek', 'MIT'],
  ['Hermes-2-Pro-Mistral', 'Hermes', 'Apache-2.0'],
  ['Hermes-3-Llama-3.2', 'Hermes', 'Llama 3.2 Community License'],
  ['Hermes-3-Llama-3.1', 'Hermes', 'Llama 3.1 Community License'],
  ['Hermes-2', 'Hermes', 'Llama 3 Community License'],
  ['OpenHermes', 'Hermes', 'Apache-2.0'],
  ['NeuralHermes', 'Hermes', 'Apache-2.0'],
  ['WizardMath', 'WizardMath', 'Microsoft Research License'],
  ['Llama-3.2', 'Llama', 'Llama 3.2 Community License'],
  ['Llama-3.1', 'Llama', 'Llama 3.1 Community License'],
  ['Llama-3', 'Llama', 'Llama 3 Community License'],
  ['Llama-2', 'Llama', 'Llama 2 Community License'],
  ['TinyLlama', 'TinyLlama', 'Apache-2.0'],
  ['Phi-', 'Phi', 'MIT'],
  ['phi-', 'Phi', 'MIT'],
  ['Mistral', 'Mistral', 'Apache-2.0'],
  ['Ministral', 'Mistral', 'Apache-2.0'],
  ['SmolLM2', 'SmolLM', 'Apache-2.0'],
  ['gemma', 'Gemma', 'Gemma Terms of Use'],
  ['OLMo', 'OLMo', 'Apache-2.0'],
  ['Qwen2.5-3B', 'Qwen', 'Qwen Research License'],
  ['Qwen2.5-Coder-3B', 'Qwen', 'Qwen Research License'],
  ['Qwen', 'Qwen', 'Apache-2.0'],
  ['stablelm', 'StableLM', 'Stability AI Non-Commercial Research Community License'],
  ['RedPajama', 'RedPajama', 'Apache-2.0'],
];

/** Bits of a weight on disk, with its share of the scales. */
const bits: Record<string, number> = { q0f32: 32, q0f16: 16, q3f16_1: 3.5, q4f16_1: 4.5, q4f32_1: 5 };

/** "1.5B" or "135M" in a name, as a number of parameters. */
function parametersOf(name: string): number | null {
  const match = /(?<![\d.])(\d+(?:[._]\d+)?)(b|m)(?![a-z])/i.exec(name);
  if (!match) return knownSizes.find(([begin]) => name.startsWith(begin))?.[1] ?? null;
  const value = Number(match[1]?.replace('_', '.'));
  return value * (match[2]?.toLowerCase() === 'b' ? 1e9 : 1e6);
}

/** Of models whose name does not say it, or calls it otherwise. */
const knownSizes: [begin: string, parameters: number][] = [
  ['Phi-3', 3.8e9],
  ['Phi-4-mini', 3.8e9],
  ['phi-2', 2.8e9],
  ['phi-1_5', 1.4e9],
];

const smallModel =
  'Small models write fluently and often say what is wrong: do not rely on facts, sums or code.';
const anyModel = 'It can be wrong and sound sure. Check what matters.';

export function aboutWeb(record: ModelRecord, name: string, quantization: string): ModelAbout {
  const [, family = 'Other', licence = null] = families.find(([begin]) => name.startsWith(begin)) ?? [];
  const parameters = parametersOf(name);
  const weight = bits[quantization];
  const contextTokens = record.overrides?.context_window_size ?? 4096;
  const limits = [parameters !== null && parameters < 2e9 ? smallModel : anyModel];
  if (contextTokens < 4096) {
    limits.push(`It reads ${contextTokens} tokens at most: longer chats lose their beginning.`);
  }
  return {
    family,
    source: 'web',
    downloadBytes: parameters === null || weight === undefined ? null : Math.round((parameters * weight) / 8),
    // The list of web-llm names it for a few models; for the others, what any WebGPU device can bind.
    largestBufferBytes: record.buffer_size_required_bytes ?? 2 ** 27,
    contextTokens,
    licence,
    limits,
    origin: new URL(record.model).host,
  };
}
