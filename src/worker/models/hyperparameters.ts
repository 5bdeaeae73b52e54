import * as v from 'valibot';
import { configName } from './model-files.ts';

/** What changes a model's answers and shows in no tensor's shape: libraries of `tools/modelc` tell it. */
const Compiled = v.object({
  rms_norm_eps: v.number(),
  rope: v.object({ theta: v.number(), scaling: v.nullable(v.record(v.string(), v.unknown())) }),
  sliding_window: v.nullable(v.number()),
});

/** The same of the weights, under MLC's names. Other makers leave out what they like. */
const Described = v.object({
  model_config: v.object({
    rms_norm_eps: v.optional(v.number()),
    rope_theta: v.optional(v.number()),
    /** So MLC calls the theta of Llama and Mistral. */
    position_embedding_base: v.optional(v.number()),
    rope_scaling: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
    sliding_window_size: v.optional(v.number()),
  }),
});

/** Llama 3's, the only one that is compiled. The last number has a name of its own in libraries. */
const showScaling = (scaling: Record<string, unknown> | null): string =>
  scaling === null
    ? 'none'
    : [
        scaling['factor'],
        scaling['low_freq_factor'],
        scaling['high_freq_factor'],
        scaling['original_positions'] ?? scaling['original_max_position_embeddings'],
      ].join(', ');

/** The first number in which the weights' model is another than the library's, in words; null where both do not say it. */
export function differenceOf(library: unknown, chatConfig: string | undefined): string | null {
  const compiled = v.safeParse(Compiled, library);
  const described = v.safeParse(v.pipe(v.string(), v.parseJson(), Described), chatConfig);
  if (!compiled.success || !described.success) return null;
  const { rms_norm_eps, rope, sliding_window } = compiled.output;
  const said = described.output.model_config;
  const pairs = [
    ['rms_norm_eps', rms_norm_eps, said.rms_norm_eps],
    ['rope_theta', rope.theta, said.rope_theta ?? said.position_embedding_base],
    [
      'rope_scaling',
      showScaling(rope.scaling),
      said.rope_scaling === undefined ? undefined : showScaling(said.rope_scaling),
    ],
    // OpenChat's libraries leave out, on purpose, the window that its configuration names.
    ['sliding_window_size', sliding_window ?? said.sliding_window_size, said.sliding_window_size],
  ] as const;
  const odd = pairs.find(([, wanted, found]) => found !== undefined && found !== wanted);
  return odd ? `its ${odd[0]} is ${odd[1]}, and ${configName} says ${odd[2]}` : null;
}
