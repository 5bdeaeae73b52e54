import { setTimeout as pause } from 'node:timers/promises';
import type { EngineEvent, GenerateRequest } from '../../src/worker/engines/engine.ts';
import { ManualEngine } from './manual-engine.ts';

/** The words of an answer: each names its question and its place, so that none can be lost, mixed or doubled unseen. */
export const wordFor = (question: string, index: number): string => ` ${question}:${index}`;

export interface WordEngineOptions {
  /** Words of each answer. */
  words: number;
  /** Milliseconds for each; 0 is as fast as everybody else has had a turn. */
  wordMs: number;
}

/** Answers each question with numbered words. For tests of who is served when, and of what gets lost. */
export class WordEngine extends ManualEngine {
  readonly #options: WordEngineOptions;
  /** When the words that nobody has read yet were written, in milliseconds. */
  readonly writtenAt = new Map<string, number>();
  /** Words written, also for those who had gone. */
  written = 0;

  constructor(options: WordEngineOptions) {
    super();
    this.#options = options;
  }

  override async *generate({ turns }: GenerateRequest, signal: AbortSignal): AsyncIterable<EngineEvent> {
    yield { type: 'start', firstTurn: 0, promptTokens: 1, readTokens: 1 };
    const question = turns.at(-1)?.text ?? '';
    const { words, wordMs } = this.#options;
    for (let index = 0; index < words && !signal.aborted; index += 1) {
      // As a GPU does: everybody else has time in between.
      await (wordMs > 0 ? pause(wordMs) : new Promise(setImmediate));
      const text = wordFor(question, index);
      this.written += 1;
      this.writtenAt.set(text, performance.now());
      yield { type: 'text', text, tokens: 1 };
    }
    if (!signal.aborted) yield { type: 'done', finishReason: 'stop' };
    // Nobody reads the rest.
    else for (let index = 0; index < words; index += 1) this.writtenAt.delete(wordFor(question, index));
  }
}
