import * as v from 'valibot';

const whole = v.pipe(v.number('must be a number'), v.integer('must be a whole number'));
const atLeast = (least: number) => v.pipe(whole, v.minValue(least, `must be at least ${least}`));
const names = v.pipe(
  v.array(v.string('must be text'), 'must be a list'),
  v.minLength(1, 'must not be empty'),
);

/** What web-llm 0.2.86 needs of a mlc-chat-config.json; the rest is kept as it is. */
export const ModelConfig = v.looseObject(
  {
    vocab_size: atLeast(1),
    context_window_size: v.optional(whole, -1),
    sliding_window_size: v.optional(whole, -1),
    prefill_chunk_size: v.optional(atLeast(1)),
    temperature: v.optional(v.pipe(v.number('must be a number'), v.minValue(0, 'must be 0 or more')), 1),
    top_p: v.optional(
      v.pipe(v.number('must be a number'), v.minValue(0), v.maxValue(1, 'must be 1 or less')),
      1,
    ),
    repetition_penalty: v.optional(v.pipe(v.number('must be a number'), v.gtValue(0, 'must be above 0')), 1),
    frequency_penalty: v.optional(v.number('must be a number'), 0),
    presence_penalty: v.optional(v.number('must be a number'), 0),
    tokenizer_files: v.optional(names, ['tokenizer.json']),
    conv_template: v.looseObject(
      {
        system_template: v.string('must be text'),
        system_message: v.string('must be text'),
        roles: v.looseObject(
          { user: v.string('must be text'), assistant: v.string('must be text') },
          'must be an object',
        ),
        seps: names,
        stop_token_ids: v.optional(v.array(whole, 'must be a list'), []),
      },
      'must be an object: a name of a template is not enough any more',
    ),
  },
  'must be an object',
);
export type ModelConfig = v.InferOutput<typeof ModelConfig>;

/** Every problem of a file's contents, one sentence each, with the file's name and the place in it. */
export function problemsOf(file: string, issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => {
    const place = v.getDotPath(issue);
    const what = issue.received === 'undefined' ? 'is missing' : issue.message;
    return `${file}: ${place === null ? 'it' : place} ${what}.`;
  });
}
