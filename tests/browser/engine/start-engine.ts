import { wrap, type Remote } from 'comlink';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import type { EngineApi } from './engine-worker.ts';

/** The engine in a SharedWorker, as in the app. Each test file gives it a name of its own. */
export function startEngine(name: string): Remote<EngineApi> {
  const worker = new SharedWorker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name });
  return wrap<EngineApi>(worker.port);
}

/** A conversation from what was said in turn, the person first. */
export const turnsOf = (...texts: string[]): Turn[] =>
  texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));
