import { beforeAll, expect, test, vi } from 'vitest';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import { startEngine, startOf, turnsOf } from './start-engine.ts';

// On software WebGPU, on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const engine = startEngine('engine-context');
const contextWindow = 2048;
// Some 100 tokens a turn, so that about 20 fill the context.
const question = 'What can you do? What is the capital of France? My name is Nora. '.repeat(4);
const answer = 'The capital of France is Paris. I can do a few small things. '.repeat(5);
const longTurns = (pairs: number): Turn[] =>
  turnsOf(...Array.from({ length: pairs }, () => [question, answer]).flat(), 'Hello!');

beforeAll(async () => {
  expect((await engine.load()).outcome).toBe('loaded');
});

test('the oldest turns give way, several at once, so that the next questions are read from the KV cache', async () => {
  const turns = longTurns(12);
  const first = startOf(await engine.generate({ turns, abortAfter: 2 }));
  expect(first.firstTurn).toBeGreaterThan(0);
  expect(first.firstTurn % 2).toBe(0);
  expect(first.promptTokens).toBeLessThan((contextWindow * 3) / 4);

  const later = [...turns, ...turnsOf('Hi.', 'What is the capital of France?').toReversed()];
  expect(later.at(-1)?.role).toBe('user');
  const second = startOf(await engine.generate({ turns: later, abortAfter: 2 }));
  expect(second.firstTurn).toBe(first.firstTurn);
  expect(second.readTokens).toBeLessThan(60);
});

test('a conversation that was read ahead is in the KV cache for the next question', async () => {
  const turns = longTurns(6).slice(0, -1);
  await engine.readAhead(turns);
  const next = startOf(await engine.generate({ turns: [...turns, ...turnsOf('Hello!')], abortAfter: 2 }));
  expect(next.promptTokens).toBeGreaterThan(600);
  expect(next.readTokens).toBeLessThan(40);
});

test('an edited last message is read by itself: all before it stays in the KV cache', async () => {
  const turns = longTurns(5);
  await engine.generate({ turns, abortAfter: 2 });
  const edited = [...turns.slice(0, -1), ...turnsOf('What is the capital of France?')];
  expect(startOf(await engine.generate({ turns: edited, abortAfter: 2 })).readTokens).toBeLessThan(40);
});

test('a question does not wait for reading ahead, and its answer is the same', async () => {
  const other = longTurns(7).slice(2, -1);
  const asked = { turns: turnsOf('What is the capital of France?'), maxTokens: 20 };
  const interrupted = await engine.askWhileReading(other, asked);
  expect(interrupted.error).toBeNull();
  expect(interrupted.text).toBe('The capital of France is Paris.');
});

test('a conversation that fits is kept whole', async () => {
  expect(startOf(await engine.generate({ turns: longTurns(2), maxTokens: 1 })).firstTurn).toBe(0);
});

test('a message that does not fit by itself is refused, with both numbers', async () => {
  const { error, events } = await engine.generate({ turns: turnsOf('Write a long story '.repeat(600)) });
  expect(events).toEqual([]);
  expect(error?.code).toBe('context-full');
  expect(error?.message).toMatch(/takes \d{4,} tokens, and the model can hold 2048/);
  expect((await engine.generate({ turns: turnsOf('Hello!') })).text).toContain('Pocket');
});
