import type { ModelRecord } from '@mlc-ai/web-llm';
import * as v from 'valibot';
import type { ModelChoice } from '../../shared/engine-state.ts';
import type { ContextChoice } from '../../shared/model-settings.ts';

const Shapes = v.object({
  context_window_size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sliding_window_size: v.nullish(v.number(), -1),
  quantization: v.string(),
  model_config: v.nullish(
    v.object({
      num_hidden_layers: v.pipe(v.number(), v.minValue(1)),
      num_key_value_heads: v.pipe(v.number(), v.minValue(1)),
      head_dim: v.pipe(v.number(), v.minValue(1)),
    }),
    null,
  ),
});

/**
 * How long a model's context is and may be, from its mlc-chat-config.json: the file says what it was made for, the catalogue often
 * less, to save memory. Null for a model whose window slides, and for a file that does not say.
 */
export function contextChoice(file: unknown, record: ModelRecord): ContextChoice | null {
  const parsed = v.safeParse(Shapes, file);
  if (!parsed.success || parsed.output.sliding_window_size !== -1) return null;
  const { context_window_size: madeFor, quantization, model_config: shapes } = parsed.output;
  const usualTokens = record.overrides?.context_window_size ?? madeFor;
  // Keys and values, of each layer and head, in the arithmetic's own type.
  const elementBytes = quantization.includes('f16') ? 2 : 4;
  return {
    usualTokens,
    longestTokens: Math.max(usualTokens, madeFor),
    bytesPerToken:
      shapes && 2 * shapes.num_hidden_layers * shapes.num_key_value_heads * shapes.head_dim * elementBytes,
  };
}

/** The record of a model that is to hold so many tokens. */
export const withContext = (record: ModelRecord, contextTokens: number | undefined): ModelRecord =>
  contextTokens === undefined
    ? record
    : { ...record, overrides: { ...record.overrides, context_window_size: contextTokens } };

/** A model's figures when it is to hold so many tokens in place of its usual ones. */
export function resized(
  model: ModelChoice,
  { usualTokens, bytesPerToken }: ContextChoice,
  contextTokens: number,
): ModelChoice {
  const { about, gpuBytes } = model;
  return {
    ...model,
    gpuBytes: gpuBytes && Math.max(0, gpuBytes + (contextTokens - usualTokens) * (bytesPerToken ?? 0)),
    ...(about && { about: { ...about, contextTokens } }),
  };
}
