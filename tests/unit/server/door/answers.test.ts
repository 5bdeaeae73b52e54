import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../../../../src/shared/errors.ts';
import { doorModel, hello, openDoorHouse, type DoorHouse } from '../../../support/door-house.ts';
import { ManualEngine } from '../../../support/manual-engine.ts';
import { expectShape, readEvents } from '../../../support/openai-shape.ts';

let engine: ManualEngine;
let house: DoorHouse;
let client: OpenAI;

beforeEach(async () => {
  engine = new ManualEngine();
  engine.standardAnswer = 'Hello there.';
  house = await openDoorHouse({ engine });
  client = new OpenAI({ baseURL: `${house.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterEach(() => house.close());

const asked = () => engine.requests.at(-1);

describe('what is served', () => {
  test('the model of the engine, and the name that OpenChat’s clients use', async () => {
    const list = await (await fetch(`${house.url}/v1/models`)).json();
    expectShape('ListModelsResponse', list);
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([doorModel, 'openchat_3.5']);
    const one = await (await fetch(`${house.url}/v1/models/${doorModel}`)).json();
    expectShape('Model', one);
    expect(one).toMatchObject({ id: doorModel, object: 'model' });
  });
});

describe('a chat', () => {
  test('whole: text, reason and usage', async () => {
    const answer = await (await house.post({})).json();
    expectShape('CreateChatCompletionResponse', answer);
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: doorModel,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 100, total_tokens: 101 },
    });
  });

  test('streamed: who speaks, the text, the reason, and the usage only when it is asked for', async () => {
    const plain = readEvents(
      await (await house.post({ stream: true })).text(),
      'CreateChatCompletionStreamResponse',
    );
    expect(plain.isDone).toBe(true);
    expect(plain.events.some((event) => 'usage' in event)).toBe(false);
    expect(plain.events.map((event) => (event['choices'] as { delta: object }[])[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello there.' },
      {},
    ]);
    const counted = await house.post({ stream: true, stream_options: { include_usage: true } });
    const { events } = readEvents(await counted.text(), 'CreateChatCompletionStreamResponse');
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 101 } });
  });

  test('of several turns: roles, system and developer messages, parts, and an answer to go on with', async () => {
    await client.chat.completions.create({
      model: 'openchat_3.5',
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Two' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Thr' },
            { type: 'text', text: 'ee' },
          ],
        },
        { role: 'assistant', content: 'Fo' },
      ],
    });
    expect(asked()).toMatchObject({
      turns: [
        { role: 'user', text: 'One' },
        { role: 'assistant', text: 'Two' },
        { role: 'user', text: 'Three' },
      ],
      prefix: 'Fo',
      options: { system: 'Be short.\n\nBe kind.' },
    });
  });

  test('every setting reaches the engine; what is not said is the model’s own', async () => {
    await client.chat.completions.create({
      ...hello,
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0.25,
      top_p: 0.5,
      max_completion_tokens: 7,
      seed: 42,
      stop: ['\n', 'END'],
      frequency_penalty: 0.5,
      presence_penalty: -0.5,
      logit_bias: { '7': -100 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } },
    });
    expect(asked()).toMatchObject({
      sampling: { temperature: 0.25, topP: 0.5, maxTokens: 7, seed: 42 },
      options: {
        stop: ['\n', 'END'],
        frequencyPenalty: 0.5,
        presencePenalty: -0.5,
        logitBias: { '7': -100 },
        jsonSchema: '{"type":"object"}',
      },
    });
    await house.post({});
    expect(asked()).toMatchObject({ sampling: { temperature: 0, topP: 1, maxTokens: 1000 }, options: {} });
  });

  test('what asks for nothing, and what clients send for their own sake, is let by', async () => {
    const chat = {
      user: 'me',
      metadata: { a: 'b' },
      service_tier: 'auto',
      parallel_tool_calls: true,
      tools: [],
      tool_choice: 'auto',
      modalities: ['text'],
      reasoning_effort: null,
      verbosity: 'medium',
      top_k: -1,
      repetition_penalty: 1,
      stop_token_ids: [],
      // As Hearth itself asks vLLM to go on.
      continue_final_message: true,
      add_generation_prompt: false,
    };
    expect((await house.post(chat)).status).toBe(200);
    const completion = { prompt: 'Once', condition: '', response_format: { type: 'text' }, suffix: '' };
    expect((await house.post(completion, { path: '/v1/completions' })).status).toBe(200);
  });

  test('OpenChat’s condition goes to the engine, which knows whether its model has it', async () => {
    expect((await house.post({ condition: '' })).status).toBe(200);
    expect(asked()?.condition).toBe(null);
    expect((await house.post({ condition: 'Math Correct' })).status).toBe(200);
    expect(asked()?.condition).toBe('Math Correct');
  });

  test('n answers: each has its index and a seed of its own, and the prompt is counted once', async () => {
    const answer = await client.chat.completions.create({
      model: doorModel,
      messages: [{ role: 'user', content: 'Hi' }],
      n: 3,
      seed: 5,
    });
    expectShape('CreateChatCompletionResponse', answer);
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Hello there.'],
      [1, 'Hello there.'],
      [2, 'Hello there.'],
    ]);
    expect(engine.requests.map(({ sampling }) => sampling.seed)).toEqual([5, 6, 7]);
    expect(answer.usage).toEqual({ prompt_tokens: 1, completion_tokens: 300, total_tokens: 301 });
  });

  test('is kept as a conversation when that was asked for, and only then', async () => {
    await house.post({});
    expect(house.core?.library.conversations.conversations).toEqual({});
    await house.post({ store: true });
    const [kept] = Object.values(house.core?.library.conversations.conversations ?? {});
    expect(kept?.title).toBe('Hi');
    const messages = kept ? await house.core?.store.readMessages(kept.id) : [];
    expect(messages?.map(({ role, text }) => [role, text])).toEqual([
      ['user', 'Hi'],
      ['assistant', 'Hello there.'],
    ]);
  });
});

test('an answer that the disk had no room for is given all the same', async () => {
  const { core } = house;
  if (!core) throw new Error('There is a core.');
  vi.spyOn(core.library, 'keep').mockRejectedValue(new AppError('storage-full', 'The disk is full.'));
  const response = await house.post({ store: true });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello there.' } }] });
});

describe('a completion', () => {
  const path = '/v1/completions';

  test('goes on with a text, or several', async () => {
    const answer = await (await house.post({ prompt: ['Once', 'Twice'], echo: true }, { path })).json();
    expectShape('CreateCompletionResponse', answer);
    expect(answer).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'OnceHello there.' }, { text: 'TwiceHello there.' }],
    });
    expect(asked()).toMatchObject({ turns: [{ role: 'user', text: 'Twice' }], options: { isPlain: true } });
    expect(asked()?.sampling.maxTokens).toBe(16);
  });

  test('streams', async () => {
    const stream = await client.completions.create({ model: doorModel, prompt: 'Once', stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.text ?? '';
    expect(text).toBe('Hello there.');
    // OpenAI describes whole completions only: a piece before the last has no reason to have ended yet.
    const pieces = (await (await house.post({ stream: true }, { path })).text()).trim().split('\n\n');
    expect(pieces.pop()).toBe('data: [DONE]');
    expect(pieces.slice(0, -1).every((piece) => piece.includes('"finish_reason":null'))).toBe(true);
    for (const piece of pieces) {
      const ended = piece.slice('data: '.length).replace('"finish_reason":null', '"finish_reason":"stop"');
      expectShape('CreateCompletionResponse', JSON.parse(ended));
    }
  });

  test('what is asked here is what OpenAI describes', () => {
    expectShape('CreateChatCompletionRequest', {
      ...hello,
      n: 2,
      stop: ['a'],
      seed: 1,
      logit_bias: { '7': 1 },
    });
    expectShape('CreateCompletionRequest', { model: doorModel, prompt: ['Once', 'Twice'], echo: true });
  });
});

describe('what fails in the engine', () => {
  test.each([
    [new AppError('context-full', 'Too long.'), 400, 'context_length_exceeded'],
    [new AppError('bad-input', 'No such token.'), 400, null],
    [new AppError('model-failed', 'It did not load.'), 500, 'model_failed'],
    [new AppError('engine-failed', 'A step failed.'), 500, 'engine_failed'],
  ] as const)('%s: status %s', async (error, status, code) => {
    engine.standardAnswer = null;
    const sent = house.post({});
    await expect.poll(() => engine.requests.length).toBe(1);
    engine.fail(error);
    const response = await sent;
    const body = await response.json();
    expectShape('ErrorResponse', body);
    expect({ status: response.status, body }).toMatchObject({
      status,
      body: { error: { code, message: error.message } },
    });
  });

  test('turns that another device leaves out, as its context is full, are no answer', async () => {
    engine.firstTurn = 2;
    const response = await house.post({});
    engine.firstTurn = 0;
    expect(engine.requests.at(-1)).toMatchObject({ isWhole: true });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'context_length_exceeded' } });
  });

  test('in the middle of a stream: the error is its last event, and there is no [DONE]', async () => {
    engine.standardAnswer = null;
    const sent = house.post({ stream: true });
    await expect.poll(() => engine.requests.length).toBe(1);
    engine.write('Hel');
    const response = await sent;
    engine.fail(new AppError('engine-failed', 'A step failed.'));
    const { events, isDone } = readEvents(await response.text(), 'CreateChatCompletionStreamResponse');
    expect(isDone).toBe(false);
    expect(events.at(-1)).toMatchObject({ error: { message: 'A step failed.', code: 'engine_failed' } });
  });

  test('a lost GPU is no failure: the answer goes on from its text', async () => {
    engine.standardAnswer = null;
    const sent = house.post({});
    await expect.poll(() => engine.requests.length).toBe(1);
    engine.write('Hel');
    await Promise.resolve();
    engine.loseDevice();
    await expect.poll(() => engine.requests.length).toBe(2);
    expect(asked()?.prefix).toBe('Hel');
    engine.write('lo');
    engine.finish();
    expect(await (await sent).json()).toMatchObject({ choices: [{ message: { content: 'Hello' } }] });
  });
});
