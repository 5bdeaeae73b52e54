import { beforeAll, expect, test, vi } from 'vitest';
import type { Answered } from './engine-worker.ts';
import { startEngine, turnsOf } from './start-engine.ts';

// On software WebGPU, on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const engine = startEngine('engine-continue');
// A list, a code fence, and formulas.
const questions = ['What can you do?', 'Write hello world in Python', 'Show me some math.'];

beforeAll(async () => {
  expect((await engine.load()).outcome).toBe('loaded');
});

/** The pieces of an answer that was never interrupted: one per token. */
async function piecesOf(question: string): Promise<string[]> {
  const { events, error } = await engine.generate({ turns: turnsOf(question) });
  expect(error).toBeNull();
  const pieces = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
  expect(pieces.length).toBeGreaterThan(15);
  return pieces;
}

const readTokens = ({ events: [start] }: Answered): number | null =>
  start?.type === 'start' ? start.readTokens : null;

test.for(questions)('a stopped answer goes on as if it had not been stopped: %s', async (question) => {
  const turns = turnsOf(question);
  const pieces = await piecesOf(question);
  const whole = pieces.join('');
  for (const share of [0.1, 0.7]) {
    const at = Math.max(1, Math.floor(pieces.length * share));
    const { text: prefix } = await engine.generate({ turns, abortAfter: at });
    expect(prefix).toBe(pieces.slice(0, at).join(''));
    const rest = await engine.generate({ turns, prefix });
    // Its tokens are still there, but for the one whose logits are wanted.
    expect(readTokens(rest)).toBeLessThanOrEqual(1);
    expect(prefix + rest.text).toBe(whole);
  }
});

// In words, between words, before and after spaces, and in the code fence: wherever a token ends.
test.for(questions)('an answer goes on from its text alone, after any token: %s', async (question) => {
  const turns = turnsOf(question);
  const pieces = await piecesOf(question);
  const whole = pieces.join('');
  // Every token of a short answer, every other of a longer one, for time's sake.
  const step = pieces.length > 30 ? 2 : 1;
  for (let at = 1; at < pieces.length; at += step) {
    const prefix = pieces.slice(0, at).join('');
    const rest = await engine.generate({ turns, prefix, maxTokens: 2 });
    expect(rest.error).toBeNull();
    expect(prefix + rest.text).toBe(pieces.slice(0, at + rest.tokens).join(''));
    expect(rest.tokens).toBe(Math.min(2, pieces.length - at));
  }
  // And to the end, from the middle, when something else was asked in between.
  const prefix = pieces.slice(0, pieces.length / 2).join('');
  await engine.generate({ turns: turnsOf('Hello!') });
  const rest = await engine.generate({ turns, prefix });
  expect(prefix + rest.text).toBe(whole);
});

test('an answer that was continued is part of the conversation like any other', async () => {
  const name = turnsOf('My name is Nora.');
  const { text: prefix } = await engine.generate({ turns: name, abortAfter: 3 });
  const { text: rest } = await engine.generate({ turns: name, prefix });
  expect(prefix + rest).toBe('Nice to meet you, Nora!');
  const next = await engine.generate({
    turns: turnsOf('My name is Nora.', prefix + rest, 'What is my name?'),
  });
  expect(next.text).toBe('Your name is Nora.');
  expect(readTokens(next)).toBeLessThan(30);
});

test('an answer that is complete has nothing to add', async () => {
  const turns = turnsOf('What is the capital of France?');
  const { text: prefix } = await engine.generate({ turns });
  const { text, events } = await engine.generate({ turns, prefix });
  expect(text).toBe('');
  expect(events.at(-1)).toEqual({ type: 'done', finishReason: 'stop' });
});
