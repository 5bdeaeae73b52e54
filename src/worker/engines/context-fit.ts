export interface ContextFit {
  /** Tokens before the first turn. */
  head: number;
  turns: { role: 'user' | 'assistant'; tokens: number }[];
  /** Tokens of an answer's beginning when it says nothing yet. */
  emptyOpening: number;
  /** Tokens of this answer's beginning. */
  opening: number;
  contextWindow: number;
  /** Tokens kept free for the answer, if that can be had by leaving out turns. */
  reserve: number;
}

/**
 * The index of the oldest turn that goes into the prompt: 0, or a person's turn.
 *
 * When the context is full, so much is left out at once that it is three quarters full: left out turn by turn, each answer would
 * begin by reading everything again. So that the next question comes to the same result, and finds the KV cache as it needs
 * it, the whole conversation is gone through from its beginning; there is nothing to remember.
 */
export function firstTurnThatFits(fit: ContextFit): number {
  const { head, turns, reserve, contextWindow } = fit;
  const questions = turns.flatMap(({ role }, index) => (role === 'user' ? [index] : []));
  const lastQuestion = questions.at(-1) ?? 0;
  let first = 0;
  let inTurns = 0;
  let counted = 0;
  for (const question of questions) {
    while (counted <= question) inTurns += turns[counted++]?.tokens ?? 0;
    const opening = question === lastQuestion ? fit.opening : fit.emptyOpening;
    const needed = (): number => head + inTurns + opening + reserve;
    if (needed() <= contextWindow) continue;
    while (first < question && needed() > (contextWindow * 3) / 4) {
      do inTurns -= turns[first++]?.tokens ?? 0;
      while (first < question && turns[first]?.role !== 'user');
    }
  }
  return first;
}
