import * as v from 'valibot';

/** Of a chat configuration of December 2023 what is still of use. Its template was a name, which says nothing any more. */
export const Config2023 = v.looseObject({
  temperature: v.nullish(v.number(), 0.7),
  top_p: v.nullish(v.number(), 0.95),
});

const AddedTokens = v.looseObject({
  added_tokens: v.optional(v.array(v.looseObject({ id: v.number(), content: v.string() })), []),
});

const endOfTurn = '<|end_of_turn|>';
const beginnings = ['<s>', '<|bos|>'];

export interface Made2023 {
  config: Record<string, unknown> | null;
  problem: string | null;
}

/**
 * A configuration of today for a folder of 2023 (its parameters are called `param_0` and so on). What it does not say is known:
 * the format was used for OpenChat here, whose template goes with its end token.
 */
export function makeConfig2023(
  { temperature, top_p }: v.InferOutput<typeof Config2023>,
  tokenizer: unknown,
  figures: { vocabSize: number; contextTokens: number },
): Made2023 {
  const tokens = new Map(
    v.parse(AddedTokens, tokenizer).added_tokens.map(({ id, content }) => [content, id]),
  );
  const end = tokens.get(endOfTurn);
  const first = beginnings.map((token) => tokens.get(token)).find((id) => id !== undefined);
  if (end === undefined || first === undefined) {
    return {
      config: null,
      problem: `tokenizer.json has no ${endOfTurn}: of the folders of 2023, Hearth knows OpenChat's only. Take a folder of a newer format.`,
    };
  }
  const finish = tokens.get('</s>');
  const stops = [...(finish === undefined ? [] : [finish]), end];
  return {
    problem: null,
    config: {
      model_type: 'mistral',
      quantization: 'q4f32_1-2023',
      vocab_size: figures.vocabSize,
      context_window_size: figures.contextTokens,
      sliding_window_size: -1,
      attention_sink_size: -1,
      temperature,
      top_p,
      repetition_penalty: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      tokenizer_files: ['tokenizer.json'],
      // As SentencePiece's: without it JSON would be kept by the tokens' names.
      tokenizer_info: {
        token_postproc_method: 'byte_fallback',
        prepend_space_in_encode: true,
        strip_space_in_decode: true,
      },
      bos_token_id: first,
      eos_token_id: stops,
      conv_template: {
        name: 'openchat',
        system_template: `GPT4 Correct System: {system_message}${endOfTurn}`,
        system_message: '',
        roles: { user: 'GPT4 Correct User', assistant: 'GPT4 Correct Assistant', tool: 'GPT4 Correct User' },
        role_templates: { user: '{user_message}', assistant: '{assistant_message}', tool: '{tool_message}' },
        seps: [endOfTurn],
        role_content_sep: ': ',
        role_empty_sep: ':',
        stop_str: [endOfTurn],
        stop_token_ids: stops,
        system_prefix_token_ids: [first],
        render_empty_system_message: false,
      },
    },
  };
}
