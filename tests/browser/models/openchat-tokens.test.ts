import { beforeAll, expect, test, vi } from 'vitest';
import { buildPrompt } from '../../../src/worker/engines/build-prompt.ts';
import { watchDevices } from '../../../src/worker/engines/device-watch.ts';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import { loadModel } from '../../../src/worker/engines/load-model.ts';
import { makePromptWriters, type WriterFor } from '../../../src/worker/engines/prompt-writers.ts';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { parseChatConfig } from '../../../src/worker/models/chat-config.ts';
import { turnsOf } from '../engine/start-engine.ts';
import hostile from './openchat-ids.json';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = '/models/openchat/resolve/2/';
const endOfTurn = 32000;
let writerFor: WriterFor;

// web-llm hands out its tokenizer with a loaded model only: the built-in one lends it, the files are OpenChat's.
beforeAll(async () => {
  const catalogue = makeCatalogue(new URL('/', location.href));
  const record = await catalogue.recordOf(catalogue.builtIn.id);
  if (!record) throw new Error('The built-in model must have a record.');
  const { pipeline } = await loadModel({
    model: catalogue.builtIn,
    record,
    watch: watchDevices(globalThis),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  const read = async (name: string): Promise<unknown> => (await fetch(folder + name)).json();
  const tokenizerFile = await read('tokenizer.json');
  const { template } = parseChatConfig(await read('mlc-chat-config.json'));
  const encode = await pipeline.makeEncoder(tokenizerFile);
  writerFor = makePromptWriters({ encode, makeEncoder: pipeline.makeEncoder, template, tokenizerFile });
});

async function idsOf(turns: Turn[], condition: string | null = null): Promise<number[]> {
  const request = { turns, prefix: '', condition };
  const sampling = { temperature: 0, topP: 1, maxTokens: 100, seed: null };
  return buildPrompt(await writerFor(request), 8192, { ...request, sampling }).ids;
}

const user = [420, 6316, 28781, 3198, 3123, 1247, 28747];
const assistant = [420, 6316, 28781, 3198, 3123, 21631, 28747];
const beginning = [1, ...user, 22557, endOfTurn];

test("the three-turn example has the 39 ids of OpenChat's model card", async () => {
  expect(await idsOf(turnsOf('Hello', 'Hi', 'How are you today?'))).toEqual([
    ...beginning,
    ...assistant,
    15359,
    endOfTurn,
    ...user,
    1602,
    460,
    368,
    3154,
    28804,
    endOfTurn,
    ...assistant,
  ]);
});

// The ids of `tokenizers` 0.23.3 in Python for the card's text, with BOS.
test("the card's example of mathematics is written under Math Correct", async () => {
  expect(await idsOf(turnsOf('10.3 − 7988.8133='), 'Math Correct')).toEqual([
    1, 6960, 3198, 3123, 1247, 28747, 28705, 28740, 28734, 28723, 28770, 8798, 28705, 28787, 28774, 28783,
    28783, 28723, 28783, 28740, 28770, 28770, 28746, 32000, 6960, 3198, 3123, 21631, 28747,
  ]);
});

test('two hundred hostile messages have the ids that Python gives them, and end their own turn only', async () => {
  const wrong: string[] = [];
  for (const { text, ids } of hostile) {
    const [turn] = (await writerFor({ turns: turnsOf(text), prefix: '' })).turns(turnsOf(text));
    if (JSON.stringify(turn) !== JSON.stringify(ids)) wrong.push(text);
    expect(turn?.filter((id) => id === endOfTurn)).toHaveLength(1);
  }
  expect(hostile).toHaveLength(200);
  expect(wrong).toEqual([]);
});
