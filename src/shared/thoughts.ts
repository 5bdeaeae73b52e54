/** What a reasoning model says: what it thinks, between two marks, and then its answer. */
export interface Thoughts {
  /** Null when it does not think, or not aloud. */
  thought: string | null;
  /** Empty while it thinks. */
  answer: string;
  isThinking: boolean;
}

/** The marks of Qwen3 and DeepSeek-R1, and those of Mistral's models. */
const marks = [
  ['<think>', '</think>'],
  ['[THINK]', '[/THINK]'],
] as const;
/** As a server's thoughts are written down, which it sends apart from its answer. */
export const [thoughtBegin, thoughtEnd] = marks[0];

const outside = (text: string): Thoughts => ({ thought: null, answer: text, isThinking: false });

/** Thoughts stand at the beginning of an answer only: further down a mark is what the answer talks about. */
export function splitThoughts(text: string): Thoughts {
  const start = text.trimStart();
  for (const [begin, end] of marks) {
    if (start.startsWith(begin)) {
      const rest = start.slice(begin.length);
      const at = rest.indexOf(end);
      if (at < 0) return { thought: rest.trim(), answer: '', isThinking: true };
      return {
        thought: rest.slice(0, at).trim(),
        answer: rest.slice(at + end.length).trimStart(),
        isThinking: false,
      };
    }
  }
  // Some templates open the thought themselves, so that only its end is written: on a line of its own.
  const [, end] = marks[0];
  const at = text.indexOf(`\n${end}\n`);
  if (at < 0 || text.lastIndexOf('```', at) >= 0) return outside(text);
  return {
    thought: text.slice(0, at).trim(),
    answer: text.slice(at + end.length + 2).trimStart(),
    isThinking: false,
  };
}
