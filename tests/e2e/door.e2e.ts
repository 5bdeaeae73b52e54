import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';
import { askInPython, whyNoPythonClient } from '../support/python-client.ts';

/* Programs at the server's OpenAI-compatible door, answered by the built-in model on WebGPU. */

const exec = promisify(execFile);
const question = 'What is the capital of France?';
const answer = 'The capital of France is Paris.';
const asked = {
  model: 'openchat_3.5',
  messages: [{ role: 'user' as const, content: question }],
  temperature: 0,
};

const clientOf = (url: string): OpenAI => new OpenAI({ baseURL: `${url}v1`, apiKey: 'none', maxRetries: 0 });

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('OpenAI’s JavaScript client chats, streams, is refused, and hangs up', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });
  const client = clientOf(app.url);
  const whole = await client.chat.completions.create(asked);
  expect(whole.choices[0]).toMatchObject({ message: { content: answer }, finish_reason: 'stop' });

  const stream = await client.chat.completions.create({
    ...asked,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let tokens = 0;
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? '';
    tokens = usage?.total_tokens ?? tokens;
  }
  expect([text, tokens]).toEqual([answer, whole.usage?.total_tokens]);

  await expect(client.chat.completions.create({ ...asked, model: 'gpt-4' })).rejects.toThrow(NotFoundError);
  await expect(client.chat.completions.create({ ...asked, temperature: 9 })).rejects.toThrow(BadRequestError);

  const stop = new AbortController();
  const story = await client.chat.completions.create(
    { ...asked, messages: [{ role: 'user', content: longQuestion }], stream: true },
    { signal: stop.signal },
  );
  for await (const { choices } of story) if ((choices[0]?.delta.content ?? '') !== '') break;
  stop.abort();
  // Where a processor plays the GPU, the story takes longer than this.
  await expect.poll(() => metric(app.url, 'hearth_requests_open'), { timeout: 5_000 }).toBe(0);
  expect(await chat.chat(question)).toBe(answer);
});

test('stop texts, seeds, probabilities and JSON schemas are kept by the model itself', async ({
  app,
  context,
}) => {
  await ChatPage.open(await context.newPage(), app.url);
  const client = clientOf(app.url);
  await expect.poll(async () => (await client.models.list()).data.length, { timeout: answerTimeout }).toBe(2);

  const stopped = await client.chat.completions.create({ ...asked, stop: [' France'] });
  expect(stopped.choices[0]?.message.content).toBe('The capital of');

  const warm = {
    ...asked,
    messages: [{ role: 'user' as const, content: longQuestion }],
    temperature: 1.5,
    max_tokens: 24,
    seed: 7,
  };
  const [one, same, other] = [
    await client.chat.completions.create(warm),
    await client.chat.completions.create(warm),
    await client.chat.completions.create({ ...warm, seed: 8 }),
  ].map(({ choices }) => choices[0]?.message.content);
  expect(same).toBe(one);
  expect(other).not.toBe(one);

  const probable = await client.chat.completions.create({ ...asked, logprobs: true, top_logprobs: 3 });
  const content = probable.choices[0]?.logprobs?.content ?? [];
  expect(content.map(({ token }) => token).join('')).toBe(probable.choices[0]?.message.content);
  for (const { logprob, top_logprobs: top } of content) {
    expect(top).toHaveLength(3);
    // Greedy: the chosen one is the most probable, and the others have a chance in the model's eyes.
    expect(logprob).toBeCloseTo(Math.max(...top.map((one) => one.logprob)), 3);
    expect(logprob).toBeLessThanOrEqual(0);
    for (const one of top) expect(one.logprob).toBeGreaterThan(-100);
  }

  const schema = {
    type: 'object',
    properties: { city: { type: 'string', enum: ['Rome', 'Paris'] } },
    required: ['city'],
    additionalProperties: false,
  };
  const held = await client.chat.completions.create({
    ...asked,
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
  });
  const cityIn = (json: string | undefined | null) => (JSON.parse(json ?? '') as { city: string }).city;
  expect(['Rome', 'Paris']).toContain(cityIn(held.choices[0]?.message.content));
  // Begun by whoever asks, it goes on from there.
  const begun = '{"city": "';
  const rest = await client.chat.completions.create({
    ...asked,
    messages: [...asked.messages, { role: 'assistant', content: begun }],
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema } },
  });
  expect(['Rome', 'Paris']).toContain(cityIn(begun + (rest.choices[0]?.message.content ?? '')));
});

test('both requests of OpenChat’s model card, by curl', async ({ app, context }) => {
  await ChatPage.open(await context.newPage(), app.url);
  await expect
    .poll(async () => (await clientOf(app.url).models.list()).data.length, { timeout: answerTimeout })
    .toBe(2);
  const bodies = [
    '{"model": "openchat_3.5", "messages": [{"role": "user", "content": "You are a large language model named OpenChat. Write a poem to describe yourself"}]}',
    '{"model": "openchat_3.5", "condition": "Math Correct", "messages": [{"role": "user", "content": "10.3 − 7988.8133 = "}]}',
  ];
  for (const body of bodies) {
    const { stdout } = await exec('curl', [
      '--silent',
      '--show-error',
      '--fail-with-body',
      `${app.url}v1/chat/completions`,
      '-H',
      'Content-Type: application/json',
      '-d',
      body,
    ]);
    const { choices } = JSON.parse(stdout) as OpenAI.ChatCompletion;
    expect(choices[0]?.message.content).toMatch(/\S/);
    expect(choices[0]?.finish_reason).toBe('stop');
  }
});

test('OpenAI’s Python client chats, streams, and is refused', async ({ app, context }) => {
  const obstacle = await whyNoPythonClient();
  if (obstacle !== null) console.log(`skipped: ${obstacle}`);
  test.skip(obstacle !== null, obstacle ?? '');
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });
  const { usage, ...result } = await askInPython(`${app.url}v1`);
  expect(result).toEqual({
    models: expect.arrayContaining(['openchat_3.5']),
    whole: answer,
    streamed: answer,
    streamedUsage: usage,
    refused: 'model_not_found',
  });
});
