import type { Message } from '../../shared/conversation.ts';
import { splitThoughts } from '../../shared/thoughts.ts';
import type { Turn } from '../engines/engine.ts';

/**
 * What a model is told of a conversation. What a reasoning model thought is left out, as the templates of Qwen3 and DeepSeek-R1 have it:
 * thoughts would fill the context, and only the answers count later.
 */
export const turnsOf = (messages: readonly Message[]): Turn[] =>
  messages.map(({ role, text }) => ({
    role,
    text: role === 'assistant' ? withoutThoughts(text) : text,
  }));

/** Exactly as the engine wrote it where there are no thoughts. */
function withoutThoughts(text: string): string {
  const { thought, answer } = splitThoughts(text);
  return thought === null ? text : answer;
}
