import * as v from 'valibot';

const between = (low: number, high: number) =>
  v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(low), v.maxValue(high)));
const whole = (low: number, high: number) =>
  v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high)));

/** What a person set for one model. Left out: as the model's own folder says. */
export const ModelSettings = v.strictObject({
  temperature: between(0, 2),
  /** The part of the probability that is chosen from; 0 would be nothing. */
  topP: between(0.01, 1),
  /** Tokens of one answer. */
  maxTokens: whole(1, 1_000_000),
  /** In place of the model's own system message, before every conversation. */
  system: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(20_000))),
  /** Tokens that the model holds at a time. */
  contextTokens: whole(256, 1_000_000),
});
export type ModelSettings = v.InferOutput<typeof ModelSettings>;

/** One model's settings, and what they stand in place of. */
export interface ModelSettingsView {
  settings: ModelSettings;
  usual: { temperature: number; topP: number; maxTokens: number };
  /** Null while the model's files are not here, and for models that run elsewhere. */
  context: ContextChoice | null;
}

export interface ContextChoice {
  /** What it holds unless a person chose otherwise, and the most it was made for. */
  usualTokens: number;
  longestTokens: number;
  /** What each token of it takes of the GPU's memory; null where the model does not say. */
  bytesPerToken: number | null;
}
