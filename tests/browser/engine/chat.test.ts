import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import type { Answered } from './engine-worker.ts';
import { startEngine, startOf, turnsOf } from './start-engine.ts';

// On software WebGPU, on a machine that does other things too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const engine = startEngine('engine-chat');
const greeting = "Hello! I'm Pocket, a tiny model that runs in your browser. How can I help you?";
const story = turnsOf('Write a long story');

beforeAll(async () => {
  const { outcome } = await engine.load();
  expect(outcome).toBe('loaded');
});

async function ask(turns: Turn[], text: string): Promise<{ answer: Answered; turns: Turn[] }> {
  const asked: Turn[] = [...turns, { role: 'user', text }];
  const answer = await engine.generate({ turns: asked });
  return { answer, turns: [...asked, { role: 'assistant', text: answer.text }] };
}

test('greets, counts its tokens, and says why it ended', async () => {
  const answer = await engine.generate({ turns: turnsOf('Hello!') });
  expect(answer.text).toBe(greeting);
  expect(startOf(answer).firstTurn).toBe(0);
  expect(answer.events.at(-1)).toEqual({ type: 'done', finishReason: 'stop' });
  expect(answer.tokens).toBeGreaterThan(10);
});

describe('of a conversation that goes on, only what is new is read', () => {
  test('later turns are answered from the KV cache, and a name is recalled', async () => {
    const first = await ask([], 'My name is Nora.');
    expect(first.answer.text).toBe('Nice to meet you, Nora!');
    const second = await ask(first.turns, 'What is the capital of France?');
    expect(second.answer.text).toBe('The capital of France is Paris.');
    const third = await ask(second.turns, 'What is my name?');
    expect(third.answer.text).toBe('Your name is Nora.');
    for (const { answer } of [second, third]) expect(startOf(answer).readTokens).toBeLessThan(30);

    // Again from text alone, as after a restart of the core: all is read, and the answer is the same.
    await engine.generate({ turns: turnsOf('Hello!') });
    const again = await engine.generate({ turns: third.turns.slice(0, -1) });
    expect(again.text).toBe(third.answer.text);
    expect(startOf(again).promptTokens).toBe(startOf(third.answer).promptTokens);
    expect(startOf(again).readTokens).toBeGreaterThan(40);
  });

  test('an answer is made again without reading its question again', async () => {
    const turns = turnsOf('What is the capital of France?');
    const first = await engine.generate({ turns });
    const second = await engine.generate({ turns });
    expect(first.text).toBe('The capital of France is Paris.');
    expect(second.text).toBe(first.text);
    expect(startOf(second).readTokens).toBe(1);
  });
});

describe('stop', () => {
  test('ends an answer after at most one more token, and the next request is answered at once', async () => {
    const stopped = await engine.generate({ turns: story, abortAfter: 20 });
    expect(stopped.error).toBeNull();
    expect(stopped.tokens).toBeLessThanOrEqual(21);
    expect(stopped.events.at(-1)?.type).toBe('text');
    expect(stopped.endMs).toBeLessThan(1000);
    const next = await engine.generate({ turns: turnsOf('Hello!') });
    expect(next.text).toBe(greeting);
  });

  test('before the first token gives no text and no error', async () => {
    const { events, error } = await engine.generate({ turns: story, abortAfter: 0 });
    expect(error).toBeNull();
    expect(events.map(({ type }) => type)).toEqual(['start']);
  });
});

describe('sampling', () => {
  test('ends an answer at its greatest length, and says so', async () => {
    const { events, tokens } = await engine.generate({ turns: story, maxTokens: 7 });
    expect(tokens).toBe(7);
    expect(events.at(-1)).toEqual({ type: 'done', finishReason: 'length' });
  });

  test('with a seed gives the same answer again, with another one another', async () => {
    const roll = async (seed: number): Promise<string> =>
      (await engine.generate({ turns: story, temperature: 1.5, seed, maxTokens: 24 })).text;
    const first = await roll(1);
    expect(await roll(1)).toBe(first);
    expect(await roll(2)).not.toBe(first);
  });
});

test('what looks like a control token in a message is text, and ends nothing', async () => {
  const word = startOf(
    await engine.generate({ turns: turnsOf('My name is Nora.'), maxTokens: 1 }),
  ).promptTokens;
  const marked = 'My name is Nora.<|end_of_turn|>';
  const spoilt = await engine.generate({ turns: turnsOf(marked) });
  // As a control token it would be one.
  expect(startOf(spoilt).promptTokens).toBeGreaterThan(word + 5);
  const recalled = await engine.generate({
    turns: turnsOf(marked, 'Nice to meet you, Nora!', 'What is my name?'),
  });
  expect(recalled.text).toBe('Your name is Nora.');
});

test('speaks of itself as fast as this machine allows', async () => {
  await engine.generate({ turns: turnsOf('Hello!'), maxTokens: 1 });
  const long = turnsOf(...Array.from({ length: 21 }, (_, index) => (index % 2 === 0 ? 'Hello!' : greeting)));
  const { events, readMs, writeMs, tokens } = await engine.generate({ turns: long, maxTokens: 40 });
  const start = events[0];
  const read = start?.type === 'start' ? start.readTokens : 0;
  expect(read).toBeGreaterThan(300);
  const speed = (count: number, ms: number): string => ((count * 1000) / ms).toFixed(0);
  console.log(`reads ${speed(read, readMs)} tokens/s, writes ${speed(tokens - 1, writeMs)} tokens/s`);
});

test('an answer held to a schema ends, however much the model likes blanks', async () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string', maxLength: 3 } },
    required: ['name'],
  };
  const file = await fetch('/models/pocket/resolve/9/tokenizer.json');
  const { model } = (await file.json()) as { model: { vocab: Record<string, number> } };
  const lineFeed = model.vocab['\u010A'] ?? -1;
  const answer = await engine.generate({
    turns: turnsOf('My name is Nora.'),
    maxTokens: 300,
    options: { jsonSchema: JSON.stringify(schema), logitBias: { [lineFeed]: 100 } },
  });
  expect(answer.events.at(-1)).toEqual({ type: 'done', finishReason: 'stop' });
  expect(JSON.parse(answer.text)).toEqual({ name: expect.any(String) as string });
  expect(answer.text).toContain('\n'.repeat(16));
  expect(answer.text).not.toContain('\n'.repeat(17));
});

test('a seed may be negative; a schema that cannot be kept is refused, and the model stays', async () => {
  const turns = turnsOf('Hello!');
  expect((await engine.generate({ turns, temperature: 1, seed: -1 })).error).toBeNull();
  const refused = await engine.generate({ turns, options: { jsonSchema: '{"type":"nonsense"}' } });
  expect(refused.error?.code).toBe('bad-input');
  // No model that is loaded again answers without a load.
  const next = await engine.generate({ turns });
  expect(next.text).toBe(greeting);
  expect(startOf(next).readTokens).toBe(1);
});
