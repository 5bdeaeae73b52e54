import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/worker/engines/engine.ts';
import { makeContextReader } from '../../../src/worker/engines/context-reader.ts';
import type { LoadedModel } from '../../../src/worker/engines/loaded-model.ts';
import { makePromptWriters } from '../../../src/worker/engines/prompt-writers.ts';
import { writeReply } from '../../../src/worker/engines/write-reply.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeFakePipeline, type FakePipelineOptions } from './fake-pipeline.ts';

function makeFakeModel(options: FakePipelineOptions) {
  const pipeline = makeFakePipeline(options);
  const { template } = pipeline.config;
  const model: LoadedModel = {
    id: testModel.id,
    pipeline,
    writerFor: makePromptWriters({ ...pipeline, template, tokenizerFile: {} }),
    counterFor: makePromptWriters({ ...pipeline, template, tokenizerFile: {} }),
    reader: makeContextReader(pipeline),
    isUsable: true,
    loss: null,
    step: (work) => work(),
    unload: async () => {},
  };
  return { pipeline, model };
}

interface Asked {
  prefix?: string;
  maxTokens?: number;
  abortAfter?: number;
  jsonSchema?: string;
}

async function ask(model: LoadedModel, { prefix = '', maxTokens = 50, abortAfter, ...options }: Asked = {}) {
  const controller = new AbortController();
  const sampling = { temperature: 0, topP: 1, maxTokens, seed: null };
  const turns = [{ role: 'user' as const, text: 'hi' }];
  const request = { model: testModel, turns, prefix, sampling, options };
  const events: EngineEvent[] = [];
  let text = '';
  for await (const event of writeReply(model, request, controller.signal)) {
    events.push(event);
    if (event.type === 'text') text += event.text;
    if (events.length - 1 === abortAfter) controller.abort();
  }
  return {
    text,
    end: events.at(-1),
    tokens: events.reduce((sum, e) => sum + (e.type === 'text' ? e.tokens : 0), 0),
  };
}

/** The tokens of a text, then the end of the turn. */
const saying = (text: string) => (made: number) => (made < text.length ? text.charCodeAt(made) : 1);

test('what goes on with a plain text keeps the space between the two', async () => {
  const { model, pipeline } = makeFakeModel({ next: saying(' time') });
  // As SentencePiece does.
  pipeline.decode = (ids) => String.fromCharCode(...ids).replace(/^ /, '');
  const request = {
    model: testModel,
    turns: [{ role: 'user' as const, text: 'Once upon a' }],
    prefix: '',
    sampling: { temperature: 0, topP: 1, maxTokens: 50, seed: null },
    options: { isPlain: true },
  };
  let text = '';
  for await (const event of writeReply(model, request, new AbortController().signal))
    if (event.type === 'text') text += event.text;
  expect(text).toBe(' time');
});

describe('an answer', () => {
  test('ends at its stop token', async () => {
    const { model, pipeline } = makeFakeModel({ next: saying('Hello') });
    expect(await ask(model)).toEqual({
      text: 'Hello',
      tokens: 5,
      end: { type: 'done', finishReason: 'stop' },
    });
    expect(pipeline.liveLogits).toBe(0);
  });

  test('ends before its stop text', async () => {
    const { model } = makeFakeModel({ next: saying('abENDcd') });
    const { text, tokens, end } = await ask(model);
    expect(text).toBe('ab');
    expect(tokens).toBe(5);
    expect(end).toEqual({ type: 'done', finishReason: 'stop' });
  });

  test('ends at its greatest length, with what was kept back', async () => {
    const { model } = makeFakeModel({ next: saying('abENcd') });
    const { text, end } = await ask(model, { maxTokens: 4 });
    expect(text).toBe('abEN');
    expect(end).toEqual({ type: 'done', finishReason: 'length' });
  });

  test('ends where the context does, having used all of it', async () => {
    const { model, pipeline } = makeFakeModel({ contextWindow: 20 });
    const { tokens, end } = await ask(model, { maxTokens: 1000 });
    expect(end).toEqual({ type: 'done', finishReason: 'length' });
    expect(pipeline.held).toHaveLength(20);
    // The prompt is `U:hi`, an end of turn and `A:`; the last token is told but need not be read.
    expect(tokens).toBe(20 - 7 + 1);
  });

  test('whose thoughts the template opens begins with their mark, which is no token of its own', async () => {
    const { model, pipeline } = makeFakeModel({ next: saying('hm'), emptySep: ':<think>' });
    const { text, tokens, end } = await ask(model, { abortAfter: 1 });
    expect([text, tokens, end]).toEqual(['<think>h', 1, { type: 'text', text: '<think>h', tokens: 1 }]);
    pipeline.calls.length = 0;
    await ask(model, { prefix: text, maxTokens: 1 });
    expect(pipeline.calls).toEqual(['read 1']);
    expect(await ask(model, { jsonSchema: '{}' })).toMatchObject({ text: 'hm' });
  });

  test('that was stopped goes on with its own tokens', async () => {
    const { model, pipeline } = makeFakeModel({ next: saying('Hello') });
    const { text, end } = await ask(model, { abortAfter: 3 });
    expect(text).toBe('Hel');
    expect(end?.type).toBe('text');
    pipeline.calls.length = 0;
    await ask(model, { prefix: 'Hel', maxTokens: 1 });
    // The last token of the three was told, and not read yet.
    expect(pipeline.calls).toEqual(['read 1']);
  });

  test.for([
    ['was stopped before its first token', { abortAfter: 0 }, saying('Hello')],
    ['has nothing but its stop token', {}, saying('')],
  ] as const)('that %s leaves no empty turn in the next prompt', async ([, asked, next]) => {
    const { model } = makeFakeModel({ next });
    expect((await ask(model, asked)).text).toBe('');
    const writer = await model.writerFor({ turns: [], prefix: '' });
    expect(writer.turns([{ role: 'assistant', text: '' }])).toEqual([[]]);
  });
});
