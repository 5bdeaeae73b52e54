import { conditions, type GenerateOptions } from '../../shared/door.ts';
import { AppError } from '../../shared/errors.ts';
import type { ConversationTemplate } from '../models/chat-config.ts';

const [usual] = conditions;

/** A model's template as a request wants it: with another system message, or under another of OpenChat's conditions. */
export function templateFor(
  template: ConversationTemplate,
  { system, condition = usual }: Pick<GenerateOptions, 'system' | 'condition'>,
): ConversationTemplate {
  const { user, assistant } = template.roles;
  const underCondition = (name: string): string => name.replace(usual, () => condition);
  if (condition !== usual && (!user.includes(usual) || !assistant.includes(usual))) {
    throw new AppError('bad-input', 'Only OpenChat’s models have conditions; this one is another.');
  }
  return {
    ...template,
    system_message: system ?? template.system_message,
    roles: { user: underCondition(user), assistant: underCondition(assistant) },
    system_template: underCondition(template.system_template),
  };
}
