import type { MLCEngine } from '@mlc-ai/web-llm';
import { describe, expect, test } from 'vitest';
import { stateOfSeed } from '../../../src/worker/engines/pipeline.ts';
import { makeLoadedModel } from '../../../src/worker/engines/loaded-model.ts';
import { makeLossGuard } from '../../../src/worker/engines/loss-guard.ts';
import { writeReply } from '../../../src/worker/engines/write-reply.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeFakePipeline } from './fake-pipeline.ts';

const modulus = 2 ** 31 - 1;

/** A pipeline of web-llm in its own words, which writes one letter and ends. */
function loadModel() {
  const { config, vocabularySize, encode, decode } = makeFakePipeline();
  const seen = { seeds: [] as number[], liveLogits: 0, isBroken: false };
  const forward = async () => {
    seen.liveLogits += 1;
    return { dispose: () => void (seen.liveLogits -= 1) };
  };
  let made = 0;
  const raw = {
    config: { conv_template: config.template },
    tokenizer: { encode, decode: (ids: Int32Array) => decode([...ids]) },
    tvm: { scalar: (value: number) => value },
    device: { sync: async () => {} },
    kvStateKind: 'kv_cache',
    slidingWindowSize: -1,
    contextWindowSize: 100,
    prefillChunkSize: 50,
    filledKVCacheLength: 0,
    appearedTokensFreq: new Map<number, number>(),
    fullVocabSize: vocabularySize,
    tokenLogprobArray: [],
    token_postproc_method: 'byte_level',
    grammarMatcher: { acceptToken: () => true },
    resetChat() {},
    setSeed(seed: number) {
      made = 0;
      // As its generator has it.
      const state = seed % modulus || 1;
      if (state <= 0) throw new Error('Random state is unexpectedly not strictly positive.');
      seen.seeds.push(state);
    },
    forwardKnownTokens: forward,
    forwardDecodeToken: forward,
    async sampleFromRawLogits() {
      if (seen.isBroken) throw new Error('Buffer was unmapped.');
      return made++ === 0 ? 97 : 1;
    },
    async prepareGrammarMatcherForSampling({
      response_format: { schema },
    }: {
      response_format: { schema: string };
    }) {
      if (schema.includes('impossible')) throw new Error('Failed to convert the schema.');
    },
    getKVCheckpointFunc: () => () => {},
  };
  const engine = { loadedModelIdToPipeline: new Map([[testModel.id, raw]]) } as unknown as MLCEngine;
  const loaded = makeLoadedModel({ id: testModel.id, engine, guard: makeLossGuard(), tokenizerFile: {} });

  async function ask({ seed = null, jsonSchema }: { seed?: number | null; jsonSchema?: string } = {}) {
    const request = {
      model: testModel,
      turns: [{ role: 'user' as const, text: 'hi' }],
      prefix: '',
      sampling: { temperature: 1, topP: 1, maxTokens: 5, seed },
      options: jsonSchema === undefined ? {} : { jsonSchema },
    };
    let text = '';
    for await (const event of writeReply(loaded, request, new AbortController().signal))
      if (event.type === 'text') text += event.text;
    return text;
  }
  return { loaded, seen, ask };
}

describe('one request leaves the model as it was for the next', () => {
  test.each([7, modulus + 7, 0, -0, -1, -modulus, 2 ** 53, -(2 ** 53)])('with the seed %s', async (seed) => {
    const { loaded, seen, ask } = loadModel();
    expect(await ask({ seed })).toBe('a');
    expect(seen.seeds).toEqual([stateOfSeed(seed)]);
    expect(loaded.isUsable).toBe(true);
  });

  test('seeds in a row have chances of their own from the first token on', () => {
    // web-llm's generator multiplies by this, and divides.
    const chances = Array.from(
      { length: 400 },
      (_, seed) => ((stateOfSeed(seed) * 48271) % modulus) / modulus,
    );
    for (const tenth of [0.1, 0.3, 0.5, 0.7, 0.9])
      expect(chances.filter((chance) => Math.abs(chance - tenth) < 0.1).length).toBeGreaterThan(50);
    expect(new Set(chances).size).toBe(400);
    const steps = chances.slice(1).filter((chance, index) => Math.abs(chance - (chances[index] ?? 0)) > 0.1);
    expect(steps.length).toBeGreaterThan(250);
  });

  test('with a schema that no answer can be held to', async () => {
    const { loaded, seen, ask } = loadModel();
    await expect(ask({ jsonSchema: '{"type":"impossible"}' })).rejects.toMatchObject({ code: 'bad-input' });
    expect([loaded.isUsable, seen.liveLogits]).toEqual([true, 0]);
    expect(await ask({ jsonSchema: '{"type":"object"}' })).toBe('a');
    expect(await ask()).toBe('a');
  });
});

test('a step that failed in the runtime is the last one', async () => {
  const { loaded, seen, ask } = loadModel();
  seen.isBroken = true;
  await expect(ask()).rejects.toThrow('unmapped');
  expect(loaded.isUsable).toBe(false);
});
