import { expect, test, vi } from 'vitest';
import type { ServerKind } from '../../../src/shared/servers-state.ts';
import type { EngineEvent } from '../../../src/worker/engines/engine.ts';
import { answerOf, question, textOf, useUpstreams } from '../../support/http-engine-bench.ts';
import { json, piece, stream, usagePiece, type Act } from '../../support/scripted-upstream.ts';

const { start, engineOf } = useUpstreams();

const tokensOf = (events: EngineEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === 'text' ? event.tokens : 0), 0);

test('streams: start, text, and what the server says of its tokens', async () => {
  const upstream = await start(
    stream(piece('Hel'), piece('lo'), piece('', 'length'), usagePiece(12, 9), 'data: [DONE]\n\n'),
  );
  const events = await answerOf(engineOf(upstream));
  expect(events[0]).toMatchObject({
    type: 'start',
    madeBy: { model: 'tiny', server: `http://127.0.0.1:${upstream.port}` },
  });
  expect(textOf(events)).toBe('Hello');
  expect(tokensOf(events)).toBe(9);
  expect(events.at(-1)).toEqual({ type: 'done', finishReason: 'length', promptTokens: 12 });
  expect(JSON.parse(upstream.asked[0]?.body ?? '')).toEqual({
    model: 'tiny',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    temperature: 0.7,
    top_p: 0.95,
    max_tokens: 100,
    stream_options: { include_usage: true },
  });
  expect(upstream.asked[0]?.headers.authorization).toBe('Bearer sk-key');
});

const nothing = stream('data: [DONE]\n\n');
const face = Buffer.from(piece('🙂'));
const quirks: [name: string, act: Act, text: string, tokens: number][] = [
  [
    'no usage: pieces are counted',
    stream(piece('a'), piece('b'), piece('', 'stop'), 'data: [DONE]\n\n'),
    'ab',
    2,
  ],
  ['no [DONE]', stream(piece('a'), piece('b', 'stop')), 'ab', 2],
  ['neither [DONE] nor a reason', stream(piece('a'), piece('b')), 'ab', 2],
  ['[DONE] and no reason', stream(piece('a'), 'data: [DONE]\n\n'), 'a', 1],
  ['CRLF', stream(piece('a').replaceAll('\n', '\r\n'), 'data: [DONE]\r\n\r\n'), 'a', 1],
  ['keep-alive comments', stream(': ping\n\n', piece('a'), ':\n', ': ping\n\n', piece('b', 'stop')), 'ab', 2],
  ['no space after the colon', stream(piece('a').replace('data: ', 'data:'), 'data:[DONE]\n\n'), 'a', 1],
  ['event names', stream(`event: message\nid: 7\n${piece('a', 'stop')}`), 'a', 1],
  ['a last event without its empty line', stream(piece('a'), piece('b', 'stop').trimEnd()), 'ab', 2],
  ['a byte order mark', stream(`\uFEFF${piece('a', 'stop')}`), 'a', 1],
  [
    'null content and a role',
    stream(
      'data: {"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}\n\n',
      piece('a', 'stop'),
    ),
    'a',
    1,
  ],
  [
    'thoughts apart from the answer',
    stream(
      'data: {"choices":[{"delta":{"reasoning_content":"h"}}]}\n\n',
      'data: {"choices":[{"delta":{"reasoning":"m","content":""}}]}\n\n',
      piece('a'),
      piece('b', 'stop'),
    ),
    '<think>\nhm\n</think>\n\nab',
    4,
  ],
  [
    'thoughts and nothing else',
    stream('data: {"choices":[{"delta":{"reasoning":"hm"},"finish_reason":"stop"}]}\n\n'),
    '<think>\nhm',
    1,
  ],
  ['a character cut in two', stream(face.subarray(0, 47), face.subarray(47)), '🙂', 1],
  [
    'all of it in one JSON',
    json(200, {
      choices: [{ message: { role: 'assistant', content: 'ab' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    }),
    'ab',
    2,
  ],
  ['an answer without a word', nothing, '', 0],
  [
    'an error that is null',
    stream('data: {"error":null,"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'),
    'a',
    1,
  ],
];

for (const [name, act, text, tokens] of quirks) {
  test(`a quirk is hidden: ${name}`, async () => {
    const events = await answerOf(engineOf(await start(act)));
    expect(textOf(events)).toBe(text);
    expect(tokensOf(events)).toBe(tokens);
    expect(events.at(-1)).toMatchObject({ type: 'done', finishReason: 'stop' });
  });
}

test('a field that a server refuses is left out or renamed, once and for all', async () => {
  const upstream = await start((response, asked, request) => {
    const body = JSON.parse(asked.body) as Record<string, unknown>;
    for (const field of ['stream_options', 'max_tokens', 'seed', 'top_p', 'temperature'])
      if (field in body) {
        const message = `Unsupported parameter: '${field}'${field === 'max_tokens' ? " Use 'max_completion_tokens'." : ''}`;
        return json(field === 'seed' ? 422 : 400, { error: { message } })(response, asked, request);
      }
    return stream(piece('a', 'stop'))(response, asked, request);
  });
  const engine = engineOf(upstream);
  const seeded = { ...question, sampling: { ...question.sampling, seed: 7 } };
  expect(textOf(await answerOf(engine, seeded))).toBe('a');
  expect(upstream.asked).toHaveLength(6);
  expect(JSON.parse(upstream.asked[5]?.body ?? '')).toEqual({
    model: question.model.label,
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    max_completion_tokens: 100,
  });
  await answerOf(engine, seeded);
  expect(upstream.asked).toHaveLength(7);
});

test('a temperature that is out of a server’s range is told, and not left out', async () => {
  const upstream = await start(json(400, { error: { message: 'temperature must be at most 1' } }));
  await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({
    message: expect.stringContaining('temperature must be at most 1') as string,
  });
  expect(upstream.asked).toHaveLength(1);
});

const refusals: [body: unknown, words: string][] = [
  [{ error: { message: 'bad thing', type: 'x' } }, 'bad thing'],
  [{ error: 'bad thing' }, 'bad thing'],
  [{ object: 'error', message: 'bad thing', code: 400 }, 'bad thing'],
  [{ detail: 'bad thing' }, 'bad thing'],
  [{ detail: [{ loc: ['body', 'messages'], msg: 'bad thing', type: 'x' }] }, 'body.messages: bad thing'],
  [{ message: 'bad key sk-key here' }, 'bad key … here'],
];

test('a refusal is told in the server’s own words, in whatever shape, and without the key', async () => {
  const upstream = await start(json(500, {}));
  for (const [body, words] of refusals) {
    upstream.act(json(400, body));
    await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({
      code: 'engine-failed',
      message: `127.0.0.1:${upstream.port} refused this request: ${words}`,
    });
  }
});

test('a conversation that is too long is told as that', async () => {
  const message = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.";
  const upstream = await start(json(400, { object: 'error', message }));
  await expect(answerOf(engineOf(upstream))).rejects.toMatchObject({ code: 'context-full' });
  expect(upstream.asked).toHaveLength(2);
});

test('one that is too long only with the longest answer counted in is asked again without a limit', async () => {
  const message =
    "'max_tokens' or 'max_completion_tokens' is too large: 100. This model's maximum context length is 8192 tokens and your request has 8100 input tokens (100 > 8192 - 8100).";
  const upstream = await start((response, asked, request) => {
    const isLimited = /max_(?:completion_)?tokens/.test(asked.body);
    return (isLimited ? json(400, { error: { message } }) : stream(piece('a', 'length')))(
      response,
      asked,
      request,
    );
  });
  const engine = engineOf([upstream, 'vllm']);
  expect(textOf(await answerOf(engine))).toBe('a');
  expect(upstream.asked).toHaveLength(2);
  // The next conversation may be a short one.
  await answerOf(engine);
  expect(upstream.asked[2]?.body).toContain('"max_tokens":100');
});

test('continuing: the text goes last, vLLM is told to go on, and where it is unsure that is said', async () => {
  const ask = { ...question, prefix: 'Once upon' };
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Once upon' },
  ];
  const expected: [ServerKind, object, boolean][] = [
    ['vllm', { continue_final_message: true, add_generation_prompt: false }, false],
    ['sglang', { continue_final_message: true }, false],
    ['llamacpp', {}, false],
    ['other', {}, true],
    ['ollama', {}, true],
  ];
  for (const [kind, extra, isUnsure] of expected) {
    const upstream = await start(stream(piece(' a time', 'stop')));
    const [first] = await answerOf(engineOf([upstream, kind]), ask);
    const body = JSON.parse(upstream.asked[0]?.body ?? '') as object;
    expect(body).toMatchObject({ messages, ...extra });
    expect('continue_final_message' in body).toBe('continue_final_message' in extra);
    expect(first).toMatchObject({ type: 'start' });
    expect(first?.type === 'start' && first.madeBy?.isSeamUnsure === true).toBe(isUnsure);
  }
});

test('a server that goes on exactly is preferred for continuing', async () => {
  const other = await start(stream(piece('other', 'stop')));
  const vllm = await start(stream(piece('vllm', 'stop')));
  const engine = engineOf(other, [vllm, 'vllm']);
  expect(textOf(await answerOf(engine, { ...question, prefix: 'Once' }))).toBe('vllm');
  expect(textOf(await answerOf(engine))).toBe('other');
});

test('of several servers the one with fewer requests under way, then the quicker one, is asked', async () => {
  let release = (): void => {};
  const held: Act = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    release = () => response.end(piece('slow', 'stop'));
  };
  const first = await start(held);
  const second = await start(stream(piece('second', 'stop')));
  const engine = engineOf(first, second);
  const slow = answerOf(engine);
  await vi.waitFor(() => expect(first.asked).toHaveLength(1));
  expect(textOf(await answerOf(engine))).toBe('second');
  release();
  expect(textOf(await slow)).toBe('slow');
  // The first made its person wait; the second did not.
  first.act(stream(piece('first', 'stop')));
  expect(textOf(await answerOf(engine))).toBe('second');
});
