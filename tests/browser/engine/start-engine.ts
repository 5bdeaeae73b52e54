import { wrap, type Remote } from 'comlink';
import { expect } from 'vitest';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import type { Answered, EngineApi } from './engine-worker.ts';

/** The engine in a SharedWorker, as in the app. Each test file gives it a name of its own. */
export function startEngine(name: string): Remote<EngineApi> {
  const worker = new SharedWorker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name });
  return wrap<EngineApi>(worker.port);
}

/** A conversation from what was said in turn, the person first. */
export const turnsOf = (...texts: string[]): Turn[] =>
  texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));

/** What an answer began with. */
export function startOf({ events, error }: Answered): {
  firstTurn: number;
  promptTokens: number;
  readTokens: number;
} {
  expect(error).toBeNull();
  const [start] = events;
  if (start?.type !== 'start') throw new Error('The first event must be the start.');
  return start;
}
