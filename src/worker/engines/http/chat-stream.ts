import { createParser } from 'eventsource-parser';
import * as v from 'valibot';
import { errorDetail, parseJson } from '../../servers/error-detail.ts';
import type { ProxiedAnswer } from '../../servers/proxy-client.ts';

export type ChatPiece =
  | { type: 'text'; text: string }
  /** What a reasoning model thinks, where a server sends it apart from the answer. */
  | { type: 'thought'; text: string }
  | { type: 'finish'; reason: 'stop' | 'length' }
  /** Counts in tokens. The last one holds. */
  | { type: 'usage'; prompt: number; completion: number }
  | { type: 'error'; message: string }
  /** Said, not only come to: an answer without a word may be whole. */
  | { type: 'end' };

/** Characters of one event: far beyond any token, far below what would hurt. */
const longestEvent = 1 << 20;

const count = v.fallback(v.pipe(v.number(), v.integer(), v.minValue(0)), 0);
/** Thoughts go by one name at DeepSeek, llama.cpp and SGLang, and by another at vLLM and Ollama. */
const content = v.nullish(
  v.object({
    content: v.nullish(v.string()),
    reasoning_content: v.nullish(v.string()),
    reasoning: v.nullish(v.string()),
  }),
);

const chunk = v.object({
  choices: v.optional(
    v.array(
      v.object({
        delta: content,
        /** Of an answer in one piece. */
        message: content,
        finish_reason: v.nullish(v.string()),
      }),
    ),
    [],
  ),
  usage: v.nullish(v.object({ prompt_tokens: count, completion_tokens: count })),
});

/** One event's JSON, or a whole answer's. */
function piecesOf(body: unknown, key: string): ChatPiece[] {
  const isError = typeof body === 'object' && body !== null && 'error' in body && body.error !== null;
  const parsed = v.safeParse(chunk, body);
  if (isError || !parsed.success) {
    return [{ type: 'error', message: errorDetail(body, key) ?? 'It sent something that is no answer.' }];
  }
  const { choices, usage } = parsed.output;
  const [choice] = choices;
  const pieces: ChatPiece[] = [];
  const said = choice?.delta ?? choice?.message;
  const thought = said?.reasoning_content ?? said?.reasoning ?? '';
  if (thought !== '') pieces.push({ type: 'thought', text: thought });
  const text = said?.content ?? '';
  if (text !== '') pieces.push({ type: 'text', text });
  const reason = choice?.finish_reason ?? '';
  if (reason !== '') pieces.push({ type: 'finish', reason: reason === 'length' ? 'length' : 'stop' });
  if (usage) pieces.push({ type: 'usage', prompt: usage.prompt_tokens, completion: usage.completion_tokens });
  return pieces;
}

async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const waiting: string[] = [];
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ data }) => void waiting.push(data),
    onError({ type, field, value = '' }) {
      isTooLong ||= type === 'max-buffer-size-exceeded';
      // llama.cpp's server, through 2025, says so in a field of that name, and then ends the stream as if all were well.
      if (type === 'unknown-field' && field === 'error') waiting.push(`{"error":${value}}`);
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // The last event of some servers lacks its empty line.
      parser.feed(done ? '\n\n' : decoder.decode(value, { stream: true }));
      if (isTooLong) throw new Error('An event is too long.');
      yield* waiting.splice(0);
      if (done) return;
    }
  } finally {
    // Whoever stops reading wants no more of it: this ends the request.
    await reader.cancel().catch(() => {});
  }
}

/**
 * The pieces of an answer, from a stream of server-sent events or, where a server does not stream, from one JSON body.
 * Ends with `[DONE]` or with the stream; rejects when the stream breaks off.
 */
export async function* readChat(
  { contentType, response }: ProxiedAnswer,
  key: string,
): AsyncGenerator<ChatPiece, void, undefined> {
  if (contentType.includes('json')) {
    yield* piecesOf(parseJson(await response.text()), key);
    return;
  }
  if (!response.body) return;
  for await (const data of readEvents(response.body)) {
    if (data.trim() === '[DONE]') {
      yield { type: 'end' };
      return;
    }
    yield* piecesOf(parseJson(data), key);
  }
}
