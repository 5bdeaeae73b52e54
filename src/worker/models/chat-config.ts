import * as v from 'valibot';
import { problemsOf } from './model-config.ts';

const ConversationTemplate = v.object({
  system_template: v.string(),
  system_message: v.string(),
  roles: v.object({ user: v.string(), assistant: v.string() }),
  role_templates: v.nullish(v.object({ user: v.optional(v.string()), assistant: v.optional(v.string()) })),
  seps: v.pipe(v.array(v.string()), v.minLength(1)),
  role_content_sep: v.nullish(v.string(), ': '),
  role_empty_sep: v.nullish(v.string(), ': '),
  stop_str: v.nullish(v.array(v.string()), []),
  stop_token_ids: v.nullish(v.array(v.number()), []),
  system_prefix_token_ids: v.nullish(v.array(v.number()), []),
  add_role_after_system_message: v.nullish(v.boolean(), true),
  render_empty_system_message: v.nullish(v.boolean(), true),
});
export type ConversationTemplate = v.InferOutput<typeof ConversationTemplate>;

const ChatConfig = v.pipe(
  v.object({
    conv_template: v.record(v.string(), v.unknown()),
    conv_config: v.nullish(v.record(v.string(), v.unknown()), {}),
    temperature: v.nullish(v.number(), 1),
    top_p: v.nullish(v.number(), 1),
  }),
  v.transform(({ conv_template, conv_config, temperature, top_p }) => ({
    template: v.parse(ConversationTemplate, { ...conv_template, ...conv_config }),
    temperature,
    topP: top_p,
  })),
);
export type ChatConfig = v.InferOutput<typeof ChatConfig>;

/** What is wrong with it, a line each, by its file's name. */
export function chatConfigProblems(config: unknown, name: string): string[] {
  try {
    parseChatConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof v.ValiError)) throw error;
    return problemsOf(name, error.issues);
  }
}

/** What Hearth uses of a model's mlc-chat-config.json, with web-llm's defaults for what is left out. */
export const parseChatConfig = (config: unknown): ChatConfig => v.parse(ChatConfig, config);
