import { longestCounted, type ContextMeasure } from '../../shared/core-api.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { Engine } from '../engines/engine.ts';
import type { Library } from '../library.ts';
import type { ModelSlot } from '../model-slot.ts';
import { conditionFor } from '../models/conditions.ts';
import { turnsOf } from './turns-of.ts';

export interface MeasureTools {
  engine: Engine;
  slot: ModelSlot;
  library: Library;
}

/** How much of the model's context a conversation takes, with a message that is not sent yet. Null where nobody can tell. */
export async function measureContext(
  { engine, slot, library }: MeasureTools,
  conversationId: ConversationId | null,
  leafId: MessageId | null,
  text: string,
): Promise<ContextMeasure | null> {
  // The core does nothing else while a tokenizer works.
  if (text.length > longestCounted) return null;
  const branch =
    conversationId === null || leafId === null
      ? []
      : await library.branch({ conversationId, messageId: leafId });
  const turns = turnsOf(branch);
  if (text !== '') turns.push({ role: 'user', text });
  if (turns.length === 0) return null;
  const chosen = conversationId === null ? null : library.conditionOf(conversationId);
  const condition = conditionFor(slot.model, chosen);
  const measured = (await engine.measure?.({ model: slot.model, turns, condition })) ?? null;
  if (!measured) return null;
  const { tokens, contextWindow, firstTurn } = measured;
  return {
    tokens,
    contextTokens: contextWindow,
    // What is typed is the last turn, and may be the only one that is seen.
    lastUnseen: branch[firstTurn - 1]?.id ?? null,
  };
}
