import { openChatConditions } from '../../shared/conditions.ts';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { ConversationTemplate } from './chat-config.ts';

const [usual] = openChatConditions;

/** The conditions that a model's template can be written in; empty for a model that knows none. */
export const conditionsOf = ({ roles }: ConversationTemplate): string[] =>
  roles.user.startsWith(`${usual} `) ? [...openChatConditions] : [];

/**
 * A template in the words of a condition. Null stands for the template's own, and so does the usual one where a model knows none.
 * Rejects what is no condition of the model with `bad-input`: any other text here could end a turn.
 */
export function withCondition(
  template: ConversationTemplate,
  condition: string | null,
): ConversationTemplate {
  const known = conditionsOf(template);
  if (condition === null || (known.length === 0 && condition === usual)) return template;
  if (!known.includes(condition)) {
    const all = known.length === 0 ? 'none' : known.join(' and ');
    throw new AppError('bad-input', `This model has no condition “${condition}”. It knows ${all}.`);
  }
  const reword = (text: string): string => text.replace(usual, condition);
  const { roles, system_template } = template;
  return {
    ...template,
    system_template: reword(system_template),
    roles: { user: reword(roles.user), assistant: reword(roles.assistant) },
  };
}

/** The condition that a conversation's answers are written under: what was chosen for it, where this model has it. */
export const conditionFor = (
  { conditions = [] }: Pick<ModelChoice, 'conditions'>,
  chosen: string | null,
): string | null => (chosen !== null && conditions.includes(chosen) ? chosen : null);
